// FUZZ: letgrad explain %s -o %t
func.func @vectors(%m: memref<8xf32>, %i: index, %x: f32) -> vector<4xf32> {
  %v = vector.load %m[%i] : memref<8xf32>, vector<4xf32>
  %b = vector.broadcast %x : f32 to vector<4xf32>
  %f = vector.fma %v, %b, %v : vector<4xf32>
  %s = arith.addf %f, %f : vector<4xf32>
  vector.store %s, %m[%i] : memref<8xf32>, vector<4xf32>
  func.return %s : vector<4xf32>
}