from . import quick_classes as quick_classes
