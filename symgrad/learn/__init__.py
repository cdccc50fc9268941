"""Perceptrons: a model is a formula, an error is a formula, and training is descent on the two put together."""

from symgrad.learn.activations import ACTIVATIONS, Activation
from symgrad.learn.fit import Fit
from symgrad.learn.losses import LOSSES, Loss
from symgrad.learn.model import Model, perceptron
from symgrad.learn.train import train

__all__ = ["ACTIVATIONS", "LOSSES", "Activation", "Fit", "Loss", "Model", "perceptron", "train"]
