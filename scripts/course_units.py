"""Which files of which public repositories `course_code.py` runs, beside those that it cuts itself.

A repository, a folder in it, and the files.  `CUTS` shortens long trainings, for both libraries.
"""

from __future__ import annotations

FILES = """
tutorials/beginner_source/basics
    tensorqs_tutorial.py data_tutorial.py transforms_tutorial.py buildmodel_tutorial.py
    autogradqs_tutorial.py optimization_tutorial.py saveloadrun_tutorial.py quickstart_tutorial.py
tutorials/beginner_source
    examples_tensor/polynomial_numpy.py examples_tensor/polynomial_tensor.py
    examples_autograd/polynomial_autograd.py examples_autograd/polynomial_custom_function.py
    examples_nn/polynomial_nn.py examples_nn/polynomial_optim.py examples_nn/polynomial_module.py
    examples_nn/dynamic_net.py blitz/tensor_tutorial.py nlp/pytorch_tutorial.py
    nlp/deep_learning_tutorial.py nlp/word_embeddings_tutorial.py nlp/sequence_models_tutorial.py
    nlp/advanced_tutorial.py understanding_leaf_vs_nonleaf_tutorial.py
    former_torchies/autograd_tutorial_old.py former_torchies/tensor_tutorial_old.py
tutorials
    intermediate_source/visualizing_gradients_tutorial.py unstable_source/vmap_recipe.py
pytorch-examples
    tensor/two_layer_net_tensor.py autograd/two_layer_net_autograd.py
    autograd/two_layer_net_custom_function.py nn/two_layer_net_nn.py nn/two_layer_net_optim.py
    nn/two_layer_net_module.py nn/dynamic_net.py
pytorch-tutorial/tutorials/01-basics
    linear_regression/main.py logistic_regression/main.py feedforward_neural_network/main.py
PyTorch-Tutorial/tutorial-contents
    202_variable.py 203_activation.py 301_regression.py 302_classification.py
    303_build_nn_quickly.py 305_batch_train.py 306_optimizer.py
    403_RNN_regressor.py 501_why_torch_dynamic_graph.py 503_dropout.py 504_batch_normalization.py
pytorchTutorial
    03_autograd.py 04_backpropagation.py 05_1_gradientdescent_manually.py
    05_2_gradientdescent_auto.py 06_1_loss_and_optimizer.py 07_linear_regression.py
    08_logistic_regression.py 09_dataloader.py 11_softmax_and_crossentropy.py
    12_activation_functions.py 13_feedforward.py
PyTorchZeroToAll
    03_auto_gradient.py 05_linear_regression.py 06_logistic_regression.py 07_diabets_logistic.py
    08_1_dataset_loader.py 08_2_dataset_loade_logistic.py 09_01_softmax_loss.py 12_1_rnn_basics.py
    12_2_hello_rnn.py 12_4_hello_rnn_emb.py 14_1_seq2seq.py 13_4_pack_pad.py
nlp-tutorial
    1-1.NNLM/NNLM.py 1-2.Word2Vec/Word2Vec-Skipgram(Softmax).py 3-1.TextRNN/TextRNN.py
    3-2.TextLSTM/TextLSTM.py 3-3.Bi-LSTM/Bi-LSTM.py 4-1.Seq2Seq/Seq2Seq.py
    4-2.Seq2Seq(Attention)/Seq2Seq(Attention).py 4-3.Bi-LSTM(Attention)/Bi-LSTM(Attention).py
dlwpt-code
    p1ch3/1_tensors.ipynb p1ch4/3_tabular_wine.ipynb p1ch4/4_time_series_bikes.ipynb
    p1ch4/5_text_jane_austen.ipynb p1ch5/1_parameter_estimation.ipynb p1ch5/2_autograd.ipynb
    p1ch5/3_optimizers.ipynb p1ch6/1_neural_networks.ipynb p1ch6/2_activation_functions.ipynb
    p1ch6/3_nn_module_subclassing.ipynb
LLMs-from-scratch
    appendix-A/01_main-chapter-code/code-part1.ipynb
    ch02/03_bonus_embedding-vs-matmul/embeddings-and-linear-layers.ipynb
    ch02/04_bonus_dataloader-intuition/dataloader-intuition.ipynb
    ch03/01_main-chapter-code/ch03.ipynb ch03/01_main-chapter-code/exercise-solutions.ipynb
    ch03/03_understanding-buffers/understanding-buffers.ipynb
    ch02/01_main-chapter-code/ch02.ipynb ch02/01_main-chapter-code/dataloader.ipynb
    ch02/01_main-chapter-code/exercise-solutions.ipynb
    ch03/01_main-chapter-code/multihead-attention.ipynb
d2l-pytorch-colab
    chapter_preliminaries/ndarray.ipynb chapter_preliminaries/pandas.ipynb
    chapter_preliminaries/linear-algebra.ipynb chapter_preliminaries/calculus.ipynb
    chapter_preliminaries/autograd.ipynb chapter_preliminaries/probability.ipynb
    chapter_linear-regression/linear-regression.ipynb chapter_linear-regression/oo-design.ipynb
    chapter_linear-regression/synthetic-regression-data.ipynb
    chapter_linear-regression/linear-regression-scratch.ipynb
    chapter_linear-regression/linear-regression-concise.ipynb
    chapter_linear-regression/weight-decay.ipynb chapter_multilayer-perceptrons/mlp.ipynb
    chapter_linear-classification/image-classification-dataset.ipynb
    chapter_multilayer-perceptrons/numerical-stability-and-init.ipynb
    chapter_builders-guide/model-construction.ipynb chapter_builders-guide/parameters.ipynb
    chapter_builders-guide/init-param.ipynb chapter_builders-guide/lazy-init.ipynb
    chapter_builders-guide/custom-layer.ipynb chapter_builders-guide/read-write.ipynb
    chapter_recurrent-neural-networks/sequence.ipynb chapter_recurrent-modern/bi-rnn.ipynb
    chapter_attention-mechanisms-and-transformers/queries-keys-values.ipynb
    chapter_attention-mechanisms-and-transformers/attention-pooling.ipynb
    chapter_attention-mechanisms-and-transformers/attention-scoring-functions.ipynb
    chapter_attention-mechanisms-and-transformers/multihead-attention.ipynb
    chapter_attention-mechanisms-and-transformers/self-attention-and-positional-encoding.ipynb
    chapter_optimization/optimization-intro.ipynb chapter_optimization/gd.ipynb
    chapter_optimization/sgd.ipynb
    chapter_appendix-mathematics-for-deep-learning/geometry-linear-algebraic-ops.ipynb
    chapter_appendix-mathematics-for-deep-learning/information-theory.ipynb
    chapter_appendix-mathematics-for-deep-learning/maximum-likelihood.ipynb
    chapter_appendix-mathematics-for-deep-learning/statistics.ipynb
    chapter_multilayer-perceptrons/dropout.ipynb chapter_optimization/adagrad.ipynb
    chapter_optimization/adam.ipynb chapter_optimization/momentum.ipynb
    chapter_optimization/rmsprop.ipynb chapter_optimization/convexity.ipynb
    chapter_gaussian-processes/gp-priors.ipynb chapter_computer-vision/anchor.ipynb
    chapter_computer-vision/bounding-box.ipynb
    chapter_computer-vision/multiscale-object-detection.ipynb
    chapter_convolutional-neural-networks/channels.ipynb
    chapter_appendix-mathematics-for-deep-learning/eigendecomposition.ipynb
    chapter_appendix-mathematics-for-deep-learning/integral-calculus.ipynb
    chapter_appendix-mathematics-for-deep-learning/multivariable-calculus.ipynb
    chapter_appendix-mathematics-for-deep-learning/random-variables.ipynb
    chapter_appendix-mathematics-for-deep-learning/single-variable-calculus.ipynb
machine-learning-book
    ch12/ch12_part1.ipynb ch15/ch15_part1.ipynb ch16/ch16-part1-self-attention.py
    ch18/ch18_part1.py
deep-learning-v2-pytorch
    intro-to-pytorch/Part%201%20-%20Tensors%20in%20PyTorch%20(Solution).ipynb
    recurrent-neural-networks/time-series/Simple_RNN.ipynb
spinningup/spinup/exercises/pytorch
    problem_set_1_solutions/exercise1_1_soln.py problem_set_1_solutions/exercise1_2_soln.py
practical-pytorch
    char-rnn-generation/char-rnn-generation.ipynb reinforce-gridworld/reinforce-gridworld.ipynb
examples
    regression/main.py time_sequence_prediction/generate_sine_wave.py
Dive-into-DL-PyTorch/code
    chapter02_prerequisite/2.2_tensor.ipynb chapter02_prerequisite/2.3_autograd.ipynb
    chapter03_DL-basics/3.2_linear-regression-scratch.ipynb
    chapter03_DL-basics/3.3_linear-regression-pytorch.ipynb chapter03_DL-basics/3.8_mlp.ipynb
    chapter03_DL-basics/3.11_underfit-overfit.ipynb
    chapter04_DL_computation/4.1_model-construction.ipynb
    chapter03_DL-basics/3.1_linear-regression.ipynb
    chapter04_DL_computation/4.4_custom-layer.ipynb
    chapter04_DL_computation/4.2_parameters.ipynb chapter04_DL_computation/4.5_read-write.ipynb
    chapter06_RNN/6.2_rnn.ipynb chapter07_optimization/7.2_gd-sgd.ipynb
    chapter07_optimization/7.4_momentum.ipynb
udlbook/Notebooks
    Chap08/8_3_Double_Descent.ipynb Chap20/20_1_Random_Data.ipynb
    Chap11/11_3_Batch_Normalization.ipynb Chap08/8_1_MNIST_1D_Performance.ipynb
    Chap09/9_1_L2_Regularization.ipynb
pytorch-deep-learning
    00_pytorch_fundamentals.ipynb 01_pytorch_workflow.ipynb
    extras/solutions/00_pytorch_fundamentals_exercise_solutions.ipynb
    extras/solutions/01_pytorch_workflow_exercise_solutions.ipynb
uvadlc_notebooks/docs/tutorial_notebooks
    guide3/Debugging_PyTorch.ipynb
NYU-DLSP20
    03-autograd_tutorial.ipynb 04-spiral_classification.ipynb 05-regression.ipynb
    14-truck_backer_upper.ipynb extra/b-custom_grads.ipynb
PyTorchStepByStep
    Chapter01.ipynb Chapter03.ipynb
pytorch-handbook
    chapter2/2.2-deep-learning-basic-mathematics.ipynb chapter2/2.5-rnn.ipynb
    chapter3/3.1-logistic-regression.ipynb chapter1/2_autograd_tutorial.ipynb
    chapter3/3.3-rnn.ipynb
PyTorchNLPBook/chapters
    chapter_1/PyTorch_Basics.ipynb chapter_3/Chapter-3-In-Text-Examples.ipynb
    chapter_3/Chapter-3-Diving-Deep-into-Supervised-Training.ipynb
    chapter_8/8_PackedSequence_example.ipynb
code-of-learn-deep-learning-with-pytorch
    chapter2_PyTorch-Basics/autograd.ipynb chapter3_NN/param_initialize.ipynb
    chapter3_NN/linear-regression-gradient-descend.ipynb chapter5_RNN/pytorch-rnn.ipynb
    chapter5_RNN/nlp/n-gram.ipynb chapter5_RNN/nlp/word-embedding.ipynb
stat453-deep-learning-ss21
    L05/code/adaline-sgd.ipynb L05/code/linear-regr-gd.ipynb L06/code/pytorch-autograd.ipynb
    L08/code/softmax-regression_scratch.ipynb L08/code/cross-entropy-pytorch.ipynb
    L09/code/xor-problem.ipynb L10/code/L2-log-reg.ipynb
    L09/code/custom-dataloader/custom-dataloader-example.ipynb
handson-mlp
    extra_autodiff.ipynb
CS224n-2019-solutions/assignments
    a3/parser_model.py a4/nmt_model.py a5/highway.py
llama2.c
    model.py
nanochat/nanochat
    gpt.py
annotated-transformer
    the_annotated_transformer.py
fastbook_cn
    17_foundations.ipynb
NYU-DLSP21
    17-optimal_control.ipynb
PyTorchStepByStep
    Chapter02.1.ipynb ChapterExtra.ipynb
course-v3/nbs/dl2
    02b_initializing.ipynb
course22p2/nbs
    02_meanshift.ipynb 06_foundations.ipynb 12_accel_sgd.ipynb
d2l-pytorch-colab
    chapter_gaussian-processes/gp-inference.ipynb
deeplearning-models/pytorch_ipynb
    basic-ml/perceptron.ipynb basic-ml/logistic-regression.ipynb
    mechanics/manual-gradients.ipynb ordinal/CORAL_cement.ipynb
lectures-labs/labs/08_frameworks
    Minimal_MLP__stochastic_optimization_landscape.ipynb
machine-learning-book
    ch13/ch13_part2.ipynb ch15/ch15_part2.ipynb
pytorch-handbook/chapter1
    autograd_tutorial.ipynb
harmonic-oscillator-pinn
    Harmonic%20oscillator%20PINN.ipynb
thinking-in-tensors-writing-in-pytorch
    1%20Vectors,%20matrices%20and%20tensors.ipynb 1_tech%20PyTorch%20aritmetics.ipynb
    2%20Gradient%20Descent.ipynb 3%20Linear%20regression.ipynb
    4%20Multiple%20Linear%20Regression.ipynb 5%20Nonlinear%20regression.ipynb
    6%20Classification.ipynb
pytorch_flows
    flows_01.ipynb
uvadlc_notebooks/docs/tutorial_notebooks
    DL2/Bayesian_Neural_Networks/dl2_bnn_tut1_students_with_answers.ipynb
    DL2/Dynamical_systems/dynamical_systems_neural_odes.ipynb DL2/sampling/introduction.ipynb
    DL2/sampling/permutations.ipynb DL2/sampling/graphs.ipynb
vit-pytorch/vit_pytorch
    vit.py simple_vit.py deepvit.py parallel_vit.py vit_for_small_dataset.py cait.py vit_1d.py
    simple_vit_with_qk_norm.py normalized_vit.py na_vit.py
mamba-minimal
    model.py
pytorch-made
    made.py
MAML-Pytorch
    learner.py
annotated_deep_learning_paper_implementations/labml_nn
    lstm/__init__.py recurrent_highway_networks/__init__.py graphs/gat/__init__.py
    capsule_networks/__init__.py
egnn-pytorch/egnn_pytorch
    egnn_pytorch.py
slot-attention/slot_attention
    slot_attention.py
nystrom-attention/nystrom_attention
    nystrom_attention.py
mixture-of-experts/mixture_of_experts
    mixture_of_experts.py
mlp-mixer-pytorch/mlp_mixer_pytorch
    mlp_mixer_pytorch.py
siren-pytorch/siren_pytorch
    siren_pytorch.py
perceiver-pytorch/perceiver_pytorch
    perceiver_pytorch.py
mamba.py/mambapy
    mamba.py
pytorch-transformer
    model.py
Pytorch-UNet
    unet/unet_parts.py
unet-pytorch
    model.py
TCN/TCN
    tcn.py
pyGAT
    models.py
pytorch-openai-transformer-lm
    opt.py
efficient-kan/src/efficient_kan
    kan.py
bayes-by-backprop
    Weight%20Uncertainty%20in%20Neural%20Networks.ipynb
pytorch-generative-adversarial-networks
    gan_pytorch.py
"""

CUTS = {
    "optimization_tutorial.py": (("epochs = 10", "epochs = 1"),),
    "quickstart_tutorial.py": (("epochs = 5", "epochs = 1"),),
    "examples_nn/dynamic_net.py": (("range(30000)", "range(2001)"),),
    "logistic_regression/main.py": (("num_epochs = 5", "num_epochs = 1"),),
    "feedforward_neural_network/main.py": (("num_epochs = 5", "num_epochs = 1"),),
    "13_feedforward.py": (("num_epochs = 2", "num_epochs = 1"),),
    "NNLM.py": (("range(5000)", "range(1000)"),),
    "Word2Vec-Skipgram(Softmax).py": (("range(5000)", "range(1000)"),),
    "TextRNN.py": (("range(5000)", "range(1000)"),),
    "Bi-LSTM.py": (("range(10000)", "range(1000)"),),
    "Seq2Seq.py": (("range(5000)", "range(1000)"),),
    "Seq2Seq(Attention).py": (("range(2000)", "range(400)"),),
    "Bi-LSTM(Attention).py": (("range(5000)", "range(1000)"),),
    "gan_pytorch.py": (
        ("num_epochs = 5000", "num_epochs = 60"),
        ("print_interval = 100", "print_interval = 20"),
    ),
}

CUTS["a4/nmt_model.py"] = (  # what PyTorch takes now
    ("enc_masks.byte()", "enc_masks.bool()"),
    ("top_cand_hyp_pos / len(self.vocab.tgt)", "top_cand_hyp_pos // len(self.vocab.tgt)"),
)
CUTS["the_annotated_transformer.py"] = (
    ("RUN_EXAMPLES = True", "RUN_EXAMPLES = False"),
    ("\nexample_learning_schedule()\n", "\n"),
    ('return __name__ == "__main__"', "return False"),
    ("tokens / elapsed", "tokens"),
    *(
        (line, "")
        for line in (
            "import altair as alt",
            "from torchtext.data.functional import to_map_style_dataset",
            "from torchtext.vocab import build_vocab_from_iterator",
            "import torchtext.datasets as datasets",
            "import spacy",
            "import GPUtil",
        )
    ),
)

MORE = {
    "a3/parser_model.py": """
import numpy as np
torch.manual_seed(1)
embeddings = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
model = ParserModel(embeddings, n_features=6, hidden_size=16)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
x = torch.arange(60).view(10, 6) * 7 % 50
y = torch.arange(10) % 3
for step in range(20):
    optimizer.zero_grad()
    loss = nn.CrossEntropyLoss()(model(x), y)
    loss.backward()
    optimizer.step()
    print(step, f"{loss.item():.4f}")
model.eval()
print(model(x).argmax(1).tolist())
""",
    "a4/nmt_model.py": """
from vocab import Vocab
torch.manual_seed(1)
source = ["el gato come pan".split(), "la casa es roja".split(), "el pan es rojo".split()] * 2
target = [["<s>", *"the cat eats bread </s>".split()], ["<s>", *"it is red </s>".split()]] * 3
source.sort(key=len, reverse=True)
vocab = Vocab.build(source, target, 50, 1)
model = NMT(6, 5, vocab, dropout_rate=0.2)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(20):
    optimizer.zero_grad()
    loss = -model(source, target).sum() / len(source)
    loss.backward()
    print(step, f"{loss.item():.4f}")
    torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimizer.step()
model.eval()
for hypothesis in model.beam_search(source[0], beam_size=3, max_decoding_time_step=8):
    print(hypothesis.value, f"{hypothesis.score:.3f}")
""",
    "a5/highway.py": """
torch.manual_seed(1)
print(Highway(5)(torch.randn(4, 3, 5)).tolist())
""",
    "llama2.c/model.py": """
torch.manual_seed(3)
model = Transformer(
    ModelArgs(dim=16, n_layers=2, n_heads=4, n_kv_heads=2, vocab_size=11, multiple_of=8,
              max_seq_len=16, dropout=0.0)
)
optimizer = model.configure_optimizers(0.1, 1e-2, (0.9, 0.95), "cpu")
x = torch.arange(4 * 16).view(4, 16) * 7 % 11
for step in range(20):
    model(x, (x + 1) % 11)
    loss = model.last_loss
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    print(step, f"{loss.item():.4f}")
model.eval()
print(model.generate(x[:1, :4], 6, temperature=0.0).tolist())
""",
    "nanochat/nanochat/gpt.py": """
torch.manual_seed(3)
model = GPT(
    GPTConfig(sequence_len=16, vocab_size=64, n_layer=2, n_head=2, n_kv_head=1, n_embd=32)
)
model.init_weights()
x = torch.arange(4 * 16).view(4, 16) * 7 % 11
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
for step in range(20):
    loss = model(x, (x + 1) % 11)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    print(step, f"{loss.item():.4f}")
print(list(model.generate([1, 8, 4], 5, temperature=0.0)))
""",
    "the_annotated_transformer.py": """
torch.manual_seed(3)
run_tests()
torch.manual_seed(3)
V = 11
criterion = LabelSmoothing(size=V, padding_idx=0, smoothing=0.1)
model = make_model(V, V, N=2, d_model=16, d_ff=32, h=4, dropout=0.0)
optimizer = torch.optim.Adam(model.parameters(), lr=0.5, betas=(0.9, 0.98), eps=1e-9)
scheduler = LambdaLR(
    optimizer=optimizer,
    lr_lambda=lambda step: rate(step, model_size=16, factor=1.0, warmup=400),
)
for epoch in range(3):
    model.train()
    compute = SimpleLossCompute(model.generator, criterion)
    loss, _ = run_epoch(data_gen(V, 8, 10), model, compute, optimizer, scheduler, mode="train")
    print(epoch, f"{float(loss):.4f}")
model.eval()
src = torch.LongTensor([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]])
print(greedy_decode(model, src, torch.ones(1, 1, 10), max_len=10, start_symbol=0))
""",
    "vit_pytorch/na_vit.py": """
import torch
torch.manual_seed(0)
model = NaViT(
    image_size=32, patch_size=8, num_classes=5, dim=32, depth=2, heads=2, mlp_dim=48,
    token_dropout_prob=0.0,
)
images = [[torch.randn(3, 16, 24), torch.randn(3, 24, 8)], [torch.randn(3, 16, 32)]]
loss = model(images).square().mean()
loss.backward()
print(loss.item(), model.pos_embed_height.grad.norm().item())
""",
    "mamba-minimal/model.py": """
torch.manual_seed(0)
from typing import Union
args = ModelArgs(d_model=16, n_layer=2, vocab_size=24)
model = Mamba(args)
x = torch.arange(3 * 12).view(3, 12) * 7 % 24
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
for step in range(10):
    loss = F.cross_entropy(model(x).flatten(0, 1), ((x + 1) % 24).flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"{loss.item():.5f}")
""",
    "pytorch-made/made.py": """
import torch
torch.manual_seed(0)
model = MADE(12, [32, 32], 12, num_masks=3, natural_ordering=False)
x = (torch.rand(50, 12) < 0.3).float()
opt = torch.optim.Adam(model.parameters(), 1e-2, weight_decay=1e-4)
for step in range(20):
    model.update_masks()
    loss = F.binary_cross_entropy_with_logits(model(x), x, size_average=False) / 50
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}")
""",
    "MAML-Pytorch/learner.py": """
torch.manual_seed(0)
layers = [
    ("linear", [16, 1]), ("relu", [True]), ("linear", [16, 16]), ("bn", [16]), ("tanh", [True]),
    ("linear", [1, 16]),
]
net = Learner(layers, 1, 1)
meta = torch.optim.Adam(net.parameters(), 1e-2)
x = torch.linspace(-3, 3, 20)[:, None]
for step in range(15):
    total = 0
    for phase in (0.0, 1.0, 2.0):
        y = torch.sin(x + phase)
        fast = list(net.parameters())
        for inner in range(2):
            loss = F.mse_loss(net(x, fast, bn_training=True), y)
            grad = torch.autograd.grad(loss, fast, create_graph=True)
            fast = [p - 0.05 * g for g, p in zip(grad, fast)]
        total = total + F.mse_loss(net(x, fast, bn_training=True), y)
    meta.zero_grad()
    total.backward()
    meta.step()
    print(f"{total.item():.5f}")
""",
    "labml_nn/lstm/__init__.py": """
torch.manual_seed(0)
out, _ = LSTM(3, 8, 2)(torch.randn(6, 2, 3))
out.sum().backward()
print(out.flatten().tolist())
""",
    "recurrent_highway_networks/__init__.py": """
torch.manual_seed(0)
out, _ = RHN(3, 8, 2, 2)(torch.randn(6, 2, 3))
out.sum().backward()
print(out.flatten().tolist())
""",
    "graphs/gat/__init__.py": """
torch.manual_seed(0)
layer = GraphAttentionLayer(4, 6, 2, dropout=0.0)
near = (torch.rand(5, 5, 1) < 0.7) | torch.eye(5).bool()[:, :, None]
out = layer(torch.randn(5, 4), near)
out.sum().backward()
print(out.flatten().tolist())
""",
    "capsule_networks/__init__.py": """
import torch
torch.manual_seed(0)
x = torch.randn(2, 6, 4)
print(Squash()(x).sum().item(), Router(6, 3, 4, 5, 2)(x).flatten().tolist())
""",
}
"""What is run behind files that only define things."""

VIT = """
import torch
torch.manual_seed(0)
sizes = dict(image_size=32, patch_size=8, num_classes=5, dim=32, depth=2, heads=2, mlp_dim=48)
images = torch.randn(4, 3, 32, 32)
model = NET
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for step in range(6):
    loss = torch.nn.functional.cross_entropy(model(images), torch.arange(4))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, f"{loss.item():.5f}")
"""
for _file, _net in {
    "vit.py": "ViT(**sizes)",
    "simple_vit.py": "SimpleViT(**sizes)",
    "deepvit.py": "DeepViT(**sizes)",
    "parallel_vit.py": "ViT(**sizes)",
    "vit_for_small_dataset.py": "ViT(**sizes)",
    "cait.py": "CaiT(cls_depth=1, **sizes)",
    "simple_vit_with_qk_norm.py": "SimpleViT(**sizes)",
    "normalized_vit.py": "nViT(**sizes)",
}.items():
    MORE[f"vit_pytorch/{_file}"] = VIT.replace("NET", _net)
MORE["vit_pytorch/vit_1d.py"] = VIT.replace(
    "NET", "ViT(seq_len=32, **{k: v for k, v in sizes.items() if k != 'image_size'})"
).replace("4, 3, 32, 32", "4, 3, 32")

FIT = """
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
def fit(model, loss_of, optimizer=None):
    optimizer = optimizer or torch.optim.Adam(model.parameters(), 1e-2)
    for step in range(5):
        loss = loss_of()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(step, f"{loss.item():.5f}")
ids = torch.arange(2 * 16).view(2, 16) * 7 % 20
x = torch.randn(2, 16, 32)
images = torch.randn(2, 3, 32, 32)
"""
for _file, _code in {
    "egnn_pytorch.py": """
model = EGNN(dim=8, m_dim=4, num_nearest_neighbors=3, norm_feats=True, norm_coors=True)
feats, coors = torch.randn(1, 6, 8), torch.randn(1, 6, 3)
fit(model, lambda: sum(out.square().mean() for out in model(feats, coors)))
""",
    "slot_attention.py": """
model = SlotAttention(num_slots=4, dim=32, iters=3)
fit(model, lambda: model(x).square().mean())
""",
    "nystrom_attention.py": """
model = Nystromformer(dim=32, dim_head=8, heads=2, depth=2, num_landmarks=4)
mask = torch.ones(2, 16, dtype=torch.bool)
fit(model, lambda: model(x, mask=mask).square().mean())
""",
    "mixture_of_experts.py": """
def loss_of():
    out, aside = model(x)
    return out.square().mean() + aside
for model in (MoE(dim=32, num_experts=4, hidden_dim=16),
              HeirarchicalMoE(dim=32, num_experts=(2, 2), hidden_dim=16)):
    fit(model, loss_of)
""",
    "mlp_mixer_pytorch.py": """
model = MLPMixer(image_size=32, channels=3, patch_size=8, dim=16, depth=2, num_classes=5)
fit(model, lambda: F.cross_entropy(model(images), torch.arange(2)))
""",
    "siren_pytorch.py": """
net = SirenNet(dim_in=2, dim_hidden=16, dim_out=3, num_layers=2, w0_initial=30.0)
model = SirenWrapper(net, image_width=8, image_height=8)
fit(model, lambda: model(images[:1, :, :8, :8]))
""",
    "perceiver_pytorch.py": """
model = Perceiver(
    num_freq_bands=4, max_freq=10.0, depth=2, num_latents=6, latent_dim=16, cross_heads=1,
    latent_heads=2, cross_dim_head=8, latent_dim_head=8, num_classes=5, weight_tie_layers=True,
)
fit(model, lambda: F.cross_entropy(model(images.permute(0, 2, 3, 1)), torch.arange(2)))
""",
    "mambapy/mamba.py": """
model = Mamba(MambaConfig(d_model=32, n_layers=2))
fit(model, lambda: model(x).square().mean())
""",
    "pytorch-transformer/model.py": """
model = build_transformer(20, 20, 24, 24, d_model=16, N=2, h=2, dropout=0.0, d_ff=32)
def loss_of():
    memory = model.encode(ids, torch.ones(2, 1, 1, 16))
    mask = torch.tril(torch.ones(1, 1, 16, 16)).int()
    out = model.project(model.decode(memory, torch.ones(2, 1, 1, 16), ids, mask))
    return F.cross_entropy(out.flatten(0, 1), ((ids + 1) % 20).flatten())
fit(model, loss_of)
""",
    "unet/unet_parts.py": """
down = nn.Sequential(DoubleConv(3, 8), Down(8, 16))
for bilinear in (True, False):
    up = Up(24 if bilinear else 16, 8, bilinear)
    beside = torch.randn(2, 8, 32, 32)
    fit(down, lambda: up(down(images), beside).square().mean())
""",
    "unet-pytorch/model.py": """
model = UNet(3, depth=3, start_filts=8)
fit(model, lambda: F.cross_entropy(model(images), torch.ones(2, 32, 32).long()))
""",
    "TCN/tcn.py": """
model = TemporalConvNet(16, [8, 8, 6], kernel_size=3, dropout=0.0)
fit(model, lambda: model(x).square().mean())
""",
    "pyGAT/models.py": """
near = (torch.rand(10, 10) < 0.4).float() + torch.eye(10)
features, model = torch.randn(10, 6), GAT(6, 8, 3, 0.0, 0.2, 2)
fit(model, lambda: F.nll_loss(model(features, near), torch.arange(10) % 3))
""",
    "pytorch-openai-transformer-lm/opt.py": """
model = nn.Linear(32, 3)
optimizer = OpenAIAdam(model.parameters(), 1e-2, "warmup_linear", 0.1, 10, l2=0.01)
fit(model, lambda: model(x).square().mean(), optimizer)
""",
    "efficient_kan/kan.py": """
model = KAN([2, 5, 1])
a = torch.rand(20, 2) * 2 - 1
fit(model, lambda: F.mse_loss(model(a), a[:, :1] * a[:, 1:]) + model.regularization_loss() / 1e3)
""",
}.items():
    MORE[_file] = FIT + _code


def listed() -> list[tuple[str, tuple[tuple[str, str], ...], str]]:
    """Each file by its path, how it is cut, and what is run behind it."""
    found, folder = [], ""
    for line in FILES.splitlines():
        if not line.startswith(" "):
            folder = line
            continue
        for name in line.split():
            path = f"{folder}/{name}".replace("%20", " ")
            cuts = [cut for ending, cut in CUTS.items() if path.endswith(f"/{ending}")]
            more = [code for ending, code in MORE.items() if f"/{path}".endswith(f"/{ending}")]
            found.append((path, cuts[0] if cuts else (), more[0] if more else ""))
    return found
