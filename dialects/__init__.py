from . import instance_checks as instance_checks
