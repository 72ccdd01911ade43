"""Estimators: thin scikit-learn faces over one search each."""
