/* The names of the templates.
 *
 * Every function and type of the templates exists once for each instruction set and type:
 * `finish_row` is really finish_row_f32_avx2 and so on (which is what a debugger or a profiler
 * shows). A macro is expanded where it is used, so each of these follows the SUFFIX of the moment.
 */
#define NAME(name) MG_PASTE(name, SUFFIX)

/* simd.h */
#define vec NAME(vec)
#define ivec NAME(ivec)
#define uvec NAME(uvec)
#define loose NAME(loose)
#define load NAME(load)
#define store NAME(store)
#define splat NAME(splat)
#define bits NAME(bits)
#define from_bits NAME(from_bits)
#define choose NAME(choose)
#define first_lanes NAME(first_lanes)
#define keep_first NAME(keep_first)
#define load_first NAME(load_first)
#define store_first NAME(store_first)
#define interleave_low NAME(interleave_low)
#define interleave_high NAME(interleave_high)
#define transpose NAME(transpose)
#define sums_of_lanes NAME(sums_of_lanes)
#define sum_lanes NAME(sum_lanes)
#define max_lanes NAME(max_lanes)
#define vmax NAME(vmax)

/* exp.h */
#define exp_of_parts NAME(exp_of_parts)
#define exp_nonpositive NAME(exp_nonpositive)
#define exp_nonpositive_sum NAME(exp_nonpositive_sum)

/* log.h */
#define log_above_one NAME(log_above_one)

/* microkernel.h */
#define tile NAME(tile)
#define tile_function NAME(tile_function)
#define tiles NAME(tiles)

/* pack.h */
#define pack NAME(pack)
#define pack_rows NAME(pack_rows)
#define pack_block NAME(pack_block)
#define pack_panels NAME(pack_panels)
#define whole_vectors NAME(whole_vectors)

/* inner.h */
#define inner_function NAME(inner_function)
#define inner_step NAME(inner_step)
#define inner_tile NAME(inner_tile)
#define inner_tiles NAME(inner_tiles)
#define whole_lines NAME(whole_lines)
#define inner_scratch NAME(inner_scratch)
#define large NAME(large)
#define suits_inner NAME(suits_inner)
#define inner_columns NAME(inner_columns)
#define inner_block NAME(inner_block)

/* gemm.h */
#define gemm_job NAME(gemm_job)
#define gemm_place NAME(gemm_place)
#define least NAME(least)
#define ceil_div NAME(ceil_div)
#define even_part NAME(even_part)
#define in_panel NAME(in_panel)
#define pack_b NAME(pack_b)
#define fetch NAME(fetch)
#define multiply_strip NAME(multiply_strip)
#define multiply_strips NAME(multiply_strips)
#define gemm_block NAME(gemm_block)
#define gemm_range NAME(gemm_range)
#define empty_sums NAME(empty_sums)
#define cut_grid NAME(cut_grid)
#define deepest NAME(deepest)
#define plan NAME(plan)
#define mg_gemm NAME(mg_gemm)

/* rows.h */
#define cut_rows NAME(cut_rows)
#define block_at NAME(block_at)
#define row_grid NAME(row_grid)
#define row_block NAME(row_block)

/* bias.h */
#define bias_job NAME(bias_job)
#define bias_range NAME(bias_range)
#define mg_bias_gradient NAME(mg_bias_gradient)

/* cross_entropy.h */
#define entropy_job NAME(entropy_job)
#define row_sums NAME(row_sums)
#define row_max NAME(row_max)
#define sum_powers NAME(sum_powers)
#define wide_rows NAME(wide_rows)
#define sum_lanes_of_rows NAME(sum_lanes_of_rows)
#define target_lanes NAME(target_lanes)
#define scale_row NAME(scale_row)
#define finish_row NAME(finish_row)
#define entropy_rows NAME(entropy_rows)
#define sum_of_losses NAME(sum_of_losses)
#define rows_at_once NAME(rows_at_once)
#define mg_cross_entropy NAME(mg_cross_entropy)

/* batch_norm.h */
#define norm_job NAME(norm_job)
#define add_moments NAME(add_moments)
#define add_products NAME(add_products)
#define moments_range NAME(moments_range)
#define scale_range NAME(scale_range)
#define sums_range NAME(sums_range)
#define dx_range NAME(dx_range)
#define new_job NAME(new_job)
#define join_moments NAME(join_moments)
#define gradient_sums NAME(gradient_sums)
#define mg_batch_norm NAME(mg_batch_norm)
#define mg_batch_norm_backward NAME(mg_batch_norm_backward)
#define mg_batch_norm_inference NAME(mg_batch_norm_inference)
#define mg_batch_norm_inference_backward NAME(mg_batch_norm_inference_backward)

/* elementwise.h */
#define element_job NAME(element_job)
#define relu_range NAME(relu_range)
#define relu_backward_range NAME(relu_backward_range)
#define dropout_range NAME(dropout_range)
#define mg_relu NAME(mg_relu)
#define mg_relu_backward NAME(mg_relu_backward)
#define mg_dropout NAME(mg_dropout)
#define sigmoid_range NAME(sigmoid_range)
#define mg_sigmoid NAME(mg_sigmoid)
#define mg_blend NAME(mg_blend)

/* normal.h */
#define distance NAME(distance)
#define gauss NAME(gauss)
#define erfc_without_gauss NAME(erfc_without_gauss)
#define erf_near_zero NAME(erf_near_zero)
#define erfc_lanes NAME(erfc_lanes)
#define erf_lanes NAME(erf_lanes)
#define normal_lanes NAME(normal_lanes)
#define erf_range NAME(erf_range)
#define erfc_range NAME(erfc_range)
#define gelu_range NAME(gelu_range)
#define gelu_backward_range NAME(gelu_backward_range)
#define mg_erf NAME(mg_erf)
#define mg_erfc NAME(mg_erfc)
#define mg_gelu NAME(mg_gelu)
#define mg_gelu_backward NAME(mg_gelu_backward)

/* optim.h */
#define step_job NAME(step_job)
#define sgd_range NAME(sgd_range)
#define adam_range NAME(adam_range)
#define rmsprop_range NAME(rmsprop_range)
#define mg_sgd NAME(mg_sgd)
#define mg_adam NAME(mg_adam)
#define mg_rmsprop NAME(mg_rmsprop)

/* table.h */
#define mg_table NAME(mg_table)
