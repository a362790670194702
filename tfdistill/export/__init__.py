"""From a student to a phone: `.tflite` files, proof, measurement, report, prediction.

Import what you need from the modules: some of them (`predict`, `runtime`, `benchmark`,
`graph`) need neither Keras nor TensorFlow and start fast.
"""
