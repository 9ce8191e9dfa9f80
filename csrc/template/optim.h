/* One step of an optimiser, all its element-wise passes in one; all arrays flat, n elements,
 * `param` and the buffers updated in place.
 *
 * Formulas and their order are PyTorch's (torch/optim/sgd.py, adam.py, rmsprop.py, version 2.13),
 * so that a training run can be compared number by number. Coefficients are computed in double
 * and then rounded to T, as there.
 */

struct step_job {
    T *param, *first, *second; /* the buffers, in the order of the signatures */
    const T *grad;
    const void *options;
};

/*   d = grad + weight_decay param
 *   v = momentum v + (1 - dampening) d        (v = d in the first step)
 *   param -= lr v,  or with Nesterov  lr (d + momentum v),  or without momentum  lr d */
static void sgd_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct step_job *job = argument;
    const struct mg_sgd_options *o = job->options;
    T *MG_RESTRICT param = job->param, *MG_RESTRICT v = job->first;
    const T *MG_RESTRICT grad = job->grad;
    T lr = (T)o->lr, momentum = (T)o->momentum, undamped = (T)(1 - o->dampening);
    T decay = (T)o->weight_decay;
    if (!v) {
        for (ptrdiff_t i = begin; i < end; i++)
            param[i] -= lr * (decay != 0 ? grad[i] + decay * param[i] : grad[i]);
        return;
    }
    for (ptrdiff_t i = begin; i < end; i++) {
        T d = decay != 0 ? grad[i] + decay * param[i] : grad[i];
        T velocity = o->first ? d : v[i] * momentum + undamped * d;
        v[i] = velocity;
        param[i] -= lr * (o->nesterov ? d + momentum * velocity : velocity);
    }
}

static void mg_sgd(void *param, void *momentum_buffer, const void *grad,
                   const struct mg_sgd_options *options, ptrdiff_t n) {
    struct step_job job = {param, momentum_buffer, NULL, grad, options};
    mg_parallel(sgd_range, &job, n, GRAIN);
}

/*   d = grad + weight_decay param             (decoupled: param *= 1 - lr weight_decay instead)
 *   m += (1 - beta1) (d - m)                  v = beta2 v + (1 - beta2) d^2
 *   param -= lr / (1 - beta1^step)  m / (sqrt(v) / sqrt(1 - beta2^step) + eps) */
static void adam_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct step_job *job = argument;
    const struct mg_adam_options *o = job->options;
    T *MG_RESTRICT param = job->param, *MG_RESTRICT m = job->first, *MG_RESTRICT v = job->second;
    const T *MG_RESTRICT grad = job->grad;
    T shrink = (T)(o->decoupled ? 1 - o->lr * o->weight_decay : 1);
    T decay = (T)(o->decoupled ? 0 : o->weight_decay);
    T beta1 = (T)o->beta1, new1 = (T)(1 - o->beta1), beta2 = (T)o->beta2, new2 = (T)(1 - o->beta2);
    T step_size = (T)(o->lr / (1 - pow(o->beta1, (double)o->step)));
    T scale = (T)(1 / sqrt(1 - pow(o->beta2, (double)o->step))), eps = (T)o->eps;
    int far = o->beta1 <= 0.5; /* PyTorch's lerp starts from the nearer end */
    for (ptrdiff_t i = begin; i < end; i++) {
        T old = param[i] * shrink;
        T d = decay != 0 ? grad[i] + decay * old : grad[i];
        T mean = far ? d - (d - m[i]) * beta1 : m[i] + new1 * (d - m[i]);
        T square = v[i] * beta2 + new2 * d * d;
        m[i] = mean;
        v[i] = square;
        param[i] = old - step_size * mean / (SQRT(square) * scale + eps);
    }
}

static void mg_adam(void *param, void *exp_avg, void *exp_avg_sq, const void *grad,
                    const struct mg_adam_options *options, ptrdiff_t n) {
    struct step_job job = {param, exp_avg, exp_avg_sq, grad, options};
    mg_parallel(adam_range, &job, n, GRAIN);
}

/*   d = grad + weight_decay param
 *   s = alpha s + (1 - alpha) d^2             u = d / (sqrt(s) + eps)
 *   b = momentum b + u                        param -= lr b,  or without momentum  lr u */
static void rmsprop_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct step_job *job = argument;
    const struct mg_rmsprop_options *o = job->options;
    T *MG_RESTRICT param = job->param, *MG_RESTRICT s = job->first, *MG_RESTRICT b = job->second;
    const T *MG_RESTRICT grad = job->grad;
    T lr = (T)o->lr, alpha = (T)o->alpha, fresh = (T)(1 - o->alpha), eps = (T)o->eps;
    T decay = (T)o->weight_decay, momentum = (T)o->momentum;
    for (ptrdiff_t i = begin; i < end; i++) {
        T d = decay != 0 ? grad[i] + decay * param[i] : grad[i];
        T square = s[i] * alpha + fresh * d * d;
        s[i] = square;
        if (b) {
            b[i] = b[i] * momentum + d / (SQRT(square) + eps);
            param[i] -= lr * b[i];
        } else {
            param[i] -= lr * d / (SQRT(square) + eps);
        }
    }
}

static void mg_rmsprop(void *param, void *square_avg, void *momentum_buffer, const void *grad,
                       const struct mg_rmsprop_options *options, ptrdiff_t n) {
    struct step_job job = {param, square_avg, momentum_buffer, grad, options};
    mg_parallel(rmsprop_range, &job, n, GRAIN);
}
