// FUZZ: letgrad-opt %s -p convert-stablehlo-to-ten,convert-ten-to-kernel,kernel-plan-buffers --allow-unregistered-dialect --print-no-properties
builtin.module {
  func.func @print(%x: f64) {
    "stablehlo.add89"(%x, %x, %x) {resultSegmentSizes = array<f32>} : (f64, f64, f64) -> ()
    printf.print_format "{}", %x : f64
    printf.print_format "{}", %x : f64
    "log.write21"(%x) : (f64) -> ()
    func.return
  }
  builtin.module @inner {
    func.func @print(%x: f64) {
      "stablehlo.add89"(%x, %x, %x) {resultSegmentSizes = array<f32>} : (f64, f64, f64) -> ()
      printf.print_format "{}", %x : f64
      printf.print_format "{}", %x : f64
      "log.write21"(%x) : (f64) -> ()
      func.return
    }
  }
}
