// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @f(%q: tensor<3x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error@+1 {{is not of the form}}
  %r0, %r1, %r2 = ten.attention "id,jd,je" %q, %k, %v {scale = 1.0 : f64} : tensor<3x4xf32>, tensor<5x4xf32>, tensor<5x6xf32> -> (tensor<3x6xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<3x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error@+1 {{is for 2 operands, not for 3 to 5}}
  %r0, %r1, %r2 = ten.attention "id,jd->ie" %q, %k, %v {scale = 1.0 : f64} : tensor<3x4xf32>, tensor<5x4xf32>, tensor<5x6xf32> -> (tensor<3x6xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<3x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error@+1 {{has other letters of ijde than id}}
  %r0, %r1, %r2 = ten.attention "ij,jd,je->ie" %q, %k, %v {scale = 1.0 : f64} : tensor<3x4xf32>, tensor<5x4xf32>, tensor<5x6xf32> -> (tensor<3x6xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<3x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %b: tensor<3x5xf32>) {
  // expected-error@+1 {{is in an operand of}}
  %r0, %r1, %r2 = ten.attention "id,jd,je,bj->ie" %q, %k, %v, %b {scale = 1.0 : f64} : tensor<3x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<3x5xf32> -> (tensor<3x6xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<3x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %b: tensor<3x5xf32>) {
  // expected-error@+1 {{names features}}
  %r0, %r1, %r2 = ten.attention "id,jd,je,ie->ie" %q, %k, %v, %b {scale = 1.0 : f64} : tensor<3x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<3x5xf32> -> (tensor<3x6xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<3x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error@+1 {{a letter of the output of}}
  %r0, %r1, %r2 = ten.attention "id,jd,je->bie" %q, %k, %v {scale = 1.0 : f64} : tensor<3x4xf32>, tensor<5x4xf32>, tensor<5x6xf32> -> (tensor<3x6xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<3x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error@+1 {{3 operands, not 4}}
  %r0, %r1, %r2 = ten.attention "id,jd,je,ij->ie" %q, %k, %v {scale = 1.0 : f64} : tensor<3x4xf32>, tensor<5x4xf32>, tensor<5x6xf32> -> (tensor<3x6xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<1x3x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error@+1 {{but has 2 letters}}
  %r0, %r1, %r2 = ten.attention "id,jd,je->ie" %q, %k, %v {scale = 1.0 : f64} : tensor<1x3x4xf32>, tensor<5x4xf32>, tensor<5x6xf32> -> (tensor<3x6xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<3x4xf32>, %k: tensor<5x3xf32>, %v: tensor<5x6xf32>) {
  // expected-error@+1 {{'d' is 4 elsewhere and 3 in operand 1}}
  %r0, %r1, %r2 = ten.attention "id,jd,je->ie" %q, %k, %v {scale = 1.0 : f64} : tensor<3x4xf32>, tensor<5x3xf32>, tensor<5x6xf32> -> (tensor<3x6xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<3x4xf32>, %k: tensor<0x4xf32>, %v: tensor<0x6xf32>) {
  // expected-error@+1 {{there are no keys}}
  %r0, %r1, %r2 = ten.attention "id,jd,je->ie" %q, %k, %v {scale = 1.0 : f64} : tensor<3x4xf32>, tensor<0x4xf32>, tensor<0x6xf32> -> (tensor<3x6xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<3x4xi32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error@+1 {{the queries are tensor<3x4xi32>, no floats}}
  %r0, %r1, %r2 = ten.attention "id,jd,je->ie" %q, %k, %v {scale = 1.0 : f64} : tensor<3x4xi32>, tensor<5x4xf32>, tensor<5x6xf32> -> (tensor<3x6xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<3x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error@+1 {{the softmax of f32 is not wider in f32}}
  %r0, %r1, %r2 = ten.attention "id,jd,je->ie" %q, %k, %v {scale = 1.0 : f64, wide} : tensor<3x4xf32>, tensor<5x4xf32>, tensor<5x6xf32> -> (tensor<3x6xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<3x4xf16>, %k: tensor<5x4xf16>, %v: tensor<5x6xf16>) {
  // expected-error@+1 {{a late division has the type of the values}}
  %r0, %r1, %r2 = ten.attention "id,jd,je->ie" %q, %k, %v {scale = 1.0 : f64, wide, late} : tensor<3x4xf16>, tensor<5x4xf16>, tensor<5x6xf16> -> (tensor<3x6xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<3x4xf32>, %k: tensor<5x4xf64>, %v: tensor<5x6xf32>) {
  // expected-error@+1 {{operand 1 is tensor<5x4xf64>, whose elements are not f32}}
  %r0, %r1, %r2 = ten.attention "id,jd,je->ie" %q, %k, %v {scale = 1.0 : f64} : tensor<3x4xf32>, tensor<5x4xf64>, tensor<5x6xf32> -> (tensor<3x6xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<3x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %m: tensor<3x5xi1>, %b: tensor<3x5xf32>) {
  // expected-error@+1 {{there is at most one bias, and then at most one mask}}
  %r0, %r1, %r2 = ten.attention "id,jd,je,ij,ij->ie" %q, %k, %v, %m, %b {scale = 1.0 : f64} : tensor<3x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<3x5xi1>, tensor<3x5xf32> -> (tensor<3x6xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<3x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error@+1 {{the band from 2 to 1 is empty}}
  %r0, %r1, %r2 = ten.attention "id,jd,je->ie" %q, %k, %v {scale = 1.0 : f64, below = 2 : i64, above = 1 : i64} : tensor<3x4xf32>, tensor<5x4xf32>, tensor<5x6xf32> -> (tensor<3x6xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<3x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error@+1 {{result 1 is tensor<3xf32>, not tensor<3xf64>}}
  %r0, %r1, %r2 = ten.attention "id,jd,je->ie" %q, %k, %v {scale = 1.0 : f64} : tensor<3x4xf32>, tensor<5x4xf32>, tensor<5x6xf32> -> (tensor<3x6xf32>, tensor<3xf64>, tensor<3xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<3x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error@+1 {{2 results, not 3}}
  %r0, %r1 = ten.attention "id,jd,je->ie" %q, %k, %v {scale = 1.0 : f64} : tensor<3x4xf32>, tensor<5x4xf32>, tensor<5x6xf32> -> (tensor<3x6xf32>, tensor<3xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<2x3x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %s: tensor<2x3xf32>, %ct: tensor<2x3x6xf32>) {
  // expected-error@+1 {{lacks a letter of the batch}}
  %r0, %r1, %r2 = ten.attention_gradient "bid,jd,je->bie" %q, %k, %v, %s, %s, %ct, %s {scale = 1.0 : f64} : tensor<2x3x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3x6xf32>, tensor<2x3xf32> -> (tensor<2x3x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>)
  func.return
}

// -----

func.func @f(%q: tensor<3x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %s: tensor<3xf32>, %ct: tensor<3x6xf64>) {
  // expected-error@+1 {{ct is tensor<3x6xf64>, whose elements are not f32}}
  %r0, %r1, %r2 = ten.attention_gradient "id,jd,je->ie" %q, %k, %v, %s, %s, %ct, %s {scale = 1.0 : f64} : tensor<3x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3x6xf64>, tensor<3xf32> -> (tensor<3x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>)
  func.return
}
