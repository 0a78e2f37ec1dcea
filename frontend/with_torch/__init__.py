"""
What letgrad and PyTorch have of each other: functions of letgrad's in PyTorch's graph
(`lg.torch_function`), and calls of `lg.jit` on tensors, and on arrays with DLPack's protocol.

The modules load without PyTorch. A function here imports torch when somebody calls the function.
"""
