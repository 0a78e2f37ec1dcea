// FUZZ: letgrad-opt %s
%c = arith.constant dense<[4294967296]> : tensor<1xi32>
