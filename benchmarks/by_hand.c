// foo and relu × scalar with their gradients, as one would write them by hand: one fused loop over
// what is given, results into arrays that are there, two threads.
//
//     gcc -O3 -march=native -ffast-math -fopenmp -shared -fPIC by_hand.c -o by_hand.so -lmvec -lm
//
// gcc joins sin y and cos y to a call of sincos, which is not vectorized; a cosine that is written as
// a shifted sine stays one.

#include <math.h>

#define THREADS num_threads(2)

#define DEFINE(T, SUFFIX, SIN, ATAN2)                                                              \
    T foo_##SUFFIX(long n, const T *x, const T *y, const T *z)                                     \
    {                                                                                              \
        T total = 0;                                                                               \
        _Pragma("omp parallel for simd THREADS reduction(+ : total) if (n > 10000)")               \
        for (long i = 0; i < n; i++) {                                                             \
            T w = x[i] * SIN(y[i]);                                                                \
            total += ATAN2(z[i], w) + z[i] * w;                                                    \
        }                                                                                          \
        return total;                                                                              \
    }                                                                                              \
    T foo_gradient_##SUFFIX(long n, const T *x, const T *y, const T *z, T *dx, T *dy, T *dz)       \
    {                                                                                              \
        T total = 0;                                                                               \
        _Pragma("omp parallel for simd THREADS reduction(+ : total) if (n > 10000)")               \
        for (long i = 0; i < n; i++) {                                                             \
            T s = SIN(y[i]), c = SIN(y[i] + (T)1.57079632679489661923), w = x[i] * s;              \
            T r = 1 / (z[i] * z[i] + w * w), dw = z[i] - z[i] * r;                                 \
            total += ATAN2(z[i], w) + z[i] * w;                                                    \
            dx[i] = dw * s;                                                                        \
            dy[i] = dw * x[i] * c;                                                                 \
            dz[i] = w * r + w;                                                                     \
        }                                                                                          \
        return total;                                                                              \
    }                                                                                              \
    T relu_##SUFFIX(long n, const T *x, T a)                                                       \
    {                                                                                              \
        T total = 0;                                                                               \
        _Pragma("omp parallel for simd THREADS reduction(+ : total) if (n > 10000)")               \
        for (long i = 0; i < n; i++) {                                                             \
            T y = x[i] * a;                                                                        \
            total += y > 0 ? y : 0;                                                                \
        }                                                                                          \
        return total;                                                                              \
    }                                                                                              \
    T relu_gradient_##SUFFIX(long n, const T *x, T a, T *dx, T *da)                                \
    {                                                                                              \
        T total = 0, slope = 0;                                                                    \
        _Pragma("omp parallel for simd THREADS reduction(+ : total, slope) if (n > 10000)")        \
        for (long i = 0; i < n; i++) {                                                             \
            T y = x[i] * a;                                                                        \
            total += y > 0 ? y : 0;                                                                \
            slope += y > 0 ? x[i] : 0;                                                             \
            dx[i] = y > 0 ? a : 0;                                                                 \
        }                                                                                          \
        *da = slope;                                                                               \
        return total;                                                                              \
    }

DEFINE(double, f64, sin, atan2)
DEFINE(float, f32, sinf, atan2f)
