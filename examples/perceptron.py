"""Train the smallest perceptron to negate its input, by the same update rule as every descent."""

import symgrad as sg

model = sg.perceptron(inputs=1)
inputs, outputs = [4, 1, -0.5], [-4, -1, 0.5]

fit = sg.train(model, inputs, outputs, loss="squared error", rate=0.05)
print(fit.derivation)  # the gradient that was used, derived symbolically
print()
print("parameters:", fit.parameters)
print("3 becomes", fit.predict(3))
print()
print(sg.train(model, inputs, outputs, loss="squared error", rate=0.5).explain())
