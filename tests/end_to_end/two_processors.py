"""Begins a script that runs by itself: two logical CPUs, which `distribution="mirrored"` takes for two devices.

They must be configured before TensorFlow runs anything, so that tests of replicas run in processes of their own.
"""

import tensorflow as tf

PROCESSOR = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(PROCESSOR, [tf.config.LogicalDeviceConfiguration()] * 2)
