/* The table that offers the kernels of one instruction set and type; members in minigrad.h. */
#define NAME(type, path) MG_PASTE(mg_table, MG_PASTE(type, path))

const struct mg_kernel_table NAME(TYPE, PATH) = {
    .gemm = mg_gemm,
    .bias_gradient = mg_bias_gradient,
    .cross_entropy = mg_cross_entropy,
    .batch_norm = mg_batch_norm,
    .batch_norm_backward = mg_batch_norm_backward,
    .batch_norm_inference = mg_batch_norm_inference,
    .batch_norm_inference_backward = mg_batch_norm_inference_backward,
    .relu = mg_relu,
    .relu_backward = mg_relu_backward,
    .dropout = mg_dropout,
    .sigmoid = mg_sigmoid,
    .blend = mg_blend,
    .erf = mg_erf,
    .erfc = mg_erfc,
    .gelu = mg_gelu,
    .gelu_backward = mg_gelu_backward,
    .sgd = mg_sgd,
    .adam = mg_adam,
    .rmsprop = mg_rmsprop,
};
