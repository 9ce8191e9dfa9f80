"""Arguments that PyTorch has, by their names and places: what each call gives in both libraries."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.nn.functional import older

torch = pytest.importorskip("torch")

# m: the library; x, y: float32 (3, 4); i: labels; x2: a vector that requires a gradient
CALLS = """
m.nn.functional.mse_loss(x,y,size_average=False)
m.nn.functional.mse_loss(x,y,None,None,'sum')
m.nn.MSELoss(size_average=False)(x,y)
m.nn.MSELoss(reduce=False)(x,y)
m.nn.functional.cross_entropy(x,i,size_average=False)
m.nn.CrossEntropyLoss(size_average=False)(x,i)
m.nn.CrossEntropyLoss(None,False)(x,i)
m.nn.NLLLoss(size_average=False)(x,i)
m.nn.functional.nll_loss(x,i,reduce=False)
m.nn.BCELoss(size_average=False)(x.sigmoid(),y.sigmoid())
m.nn.functional.binary_cross_entropy(x.sigmoid(),y.sigmoid(),size_average=False)
m.nn.functional.binary_cross_entropy_with_logits(x,y.sigmoid(),reduce=False)
m.nn.functional.l1_loss(x,y,size_average=False)
m.nn.functional.smooth_l1_loss(x,y,reduce=False)
m.nn.functional.kl_div(x,y.abs(),size_average=False)
m.nn.KLDivLoss(size_average=False)(x,y.abs())
m.nn.SmoothL1Loss(size_average=False)(x,y)
m.nn.functional.elu(x,1.0,True)
m.nn.functional.elu(x,inplace=True)
m.nn.functional.leaky_relu(x,0.1,inplace=True)
m.nn.functional.selu(x,inplace=True)
m.nn.ReLU(True)(x)
m.nn.LeakyReLU(0.2,True)(x)
m.nn.functional.tanh(input=x)
m.nn.functional.normalize(x,p=2,dim=1,eps=1e-12)
m.nn.functional.gumbel_softmax(x,1,False,1e-10,-1).shape
m.nn.GroupNorm(2,4,bias=False).bias is None
m.nn.Embedding(3,2,_weight=y[:,:2])(i)
m.nn.Embedding(3,2,_freeze=True).weight.requires_grad
m.autograd.grad(x2.sum(),x2,only_inputs=True)
m.autograd.gradcheck(m.exp,(x2.double().detach().requires_grad_(),),check_batched_grad=False,fast_mode=False,nondet_tol=0.0)
m.optim.Adam([x2],foreach=False,capturable=False,differentiable=False,fused=None) and 1
m.optim.SGD([x2],lr=.1,foreach=None,fused=None) and 1
m.distributions.Normal(x,y.abs(),validate_args=False).log_prob(x)
m.distributions.Categorical(logits=x,validate_args=False).log_prob(i)
m.distributions.MultivariateNormal(x[0],scale_tril=m.eye(4)).log_prob(x)
m.distributions.MultivariateNormal(x[0],precision_matrix=2*m.eye(4)).log_prob(x)
m.distributions.Bernoulli(logits=x).entropy()
m.distributions.Categorical(probs=y.abs()).probs
m.distributions.Normal(x,1.0).cdf(y)
m.distributions.Normal(0.,1.).icdf(y.abs()/9)
m.distributions.Categorical(logits=x).mode
m.distributions.Categorical(logits=x).param_shape
m.distributions.Categorical(logits=x).enumerate_support().shape
m.distributions.Bernoulli(0.3).variance
m.distributions.Exponential(y.abs()).mean
m.distributions.kl.kl_divergence(m.distributions.Normal(0.,1.),m.distributions.Normal(1.,2.))
m.distributions.Normal(x,1.0).perplexity()
m.distributions.Normal(x,1.0).has_rsample
m.compile(lambda v:v*2,dynamic=True,backend='eager',mode='default')(x)
m.norm(x,2,dim=0,out=None)
m.meshgrid(x[0],x[1])
m.cdist(x,y,compute_mode='donot_use_mm_for_euclid_dist')
m.split(tensor=x,split_size_or_sections=2)
x.split(split_size=[1,2],dim=0)[1]
m.tensordot(a=x,b=y,dims=([1],[1]))
m.nn.UninitializedParameter(requires_grad=False).requires_grad
m.nn.Parameter() is not None
m.nn.functional.softmax(x,-1,3,m.float64)
m.nn.Transformer(8,2,1,1,8).d_model
m.nn.utils.clip_grad_norm_([x2],1.0,2.0,error_if_nonfinite=False,foreach=None)
m.tensor([1.,2.],device='cpu',pin_memory=False)
m.as_tensor(x,device=m.device('cpu'))
x.contiguous(memory_format=m.contiguous_format)
m.clone(x,memory_format=m.preserve_format)
m.utils.data.DataLoader([1,2],timeout=0,prefetch_factor=None,persistent_workers=False) and 1
m.cat(tensors=[x,y],dim=0)
m.stack(tensors=[x,y])
m.where(condition=x>0,input=x,other=y)
m.clamp(input=x,min=0)
m.sum(input=x,dim=1)
m.matmul(input=x,other=y.T)
m.einsum('ij,kj->ik',[x,y])
m.linspace(start=0,end=1,steps=3)
m.arange(0,3,step=1)
m.randint(high=3,size=(2,)).shape
m.randint(3,(2,)).shape
m.full(size=(2,),fill_value=1.)
m.eye(n=2)
m.normal(mean=x,std=y.abs()).shape
m.normal(0,1,size=(2,)).shape
m.normal(0.,1.,(2,)).shape
m.topk(input=x,k=2)
m.sort(input=x,dim=1,descending=True)
m.gather(input=x,dim=1,index=i[:,None])
x.scatter_(1,i[:,None],1.0)
x.scatter_(dim=1,index=i[:,None],value=2.0)
m.zeros(3,4).scatter_(1,i.view(-1,1),1)
x.index_add_(0,i,y)
x.masked_fill_(x>0,value=0)
x.index_select(dim=0,index=i)
x.repeat_interleave(repeats=2,dim=0)
x.unfold(1,2,1)
x.view(m.int32).dtype
x.type('torch.DoubleTensor').dtype
x.sum(axis=0)
x.mean((0,1))
x.std(dim=0,unbiased=False)
x.argmax(axis=1)
x.max(axis=1)
x.norm(p='fro')
m.norm(x,p='fro',dim=(0,1))
x.tolist()==x.tolist()
m.std(x,dim=0,correction=1)
m.nanmean(x)
x.flatten(start_dim=0,end_dim=1)
m.flip(x,dims=(0,))
m.rot90(x,1,[0,1])
m.triu(x,diagonal=1)
m.cumsum(x,dim=0)
m.softmax(x,dim=1,dtype=m.float64)
m.nn.functional.one_hot(i,num_classes=5)
m.nn.functional.pad(x,(1,1),'constant',0)
m.nn.functional.dropout(x,p=0.,training=True,inplace=False)
m.nn.functional.relu(x,inplace=True)
m.nn.functional.cosine_similarity(x,y,dim=1,eps=1e-8)
m.nn.functional.linear(x,y,None)
m.nn.functional.embedding(i,y,padding_idx=0)
m.nn.functional.layer_norm(x,(4,),None,None,1e-5)
m.nn.functional.log_softmax(x,dim=-1)
m.nn.functional.gelu(x,approximate='tanh')
m.nn.functional.softplus(x,beta=2,threshold=10)
m.nn.init.kaiming_uniform_(y.clone(),a=5**.5).shape
m.nn.init.kaiming_normal_(y.clone(),mode='fan_out',nonlinearity='relu').shape
m.nn.init.calculate_gain('tanh')
m.nn.init._calculate_fan_in_and_fan_out(y)
m.nn.Linear(2,1).type(m.float64).weight.dtype
m.nn.Linear(2,1).__class__.__name__
""".strip().splitlines()


def plain(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    if hasattr(value, "detach"):
        return value.detach().numpy()
    return str(value).replace("torch.", "")


def same(a: Any, b: Any) -> None:
    assert type(a) is type(b), f"{a!r}, wanted {b!r}"
    if isinstance(a, list):
        assert len(a) == len(b)
        for one, other in zip(a, b, strict=True):
            same(one, other)
    elif isinstance(a, np.ndarray):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-5)
    else:
        assert a == b


@pytest.mark.parametrize("call", CALLS)
def test_arguments_mean_what_they_mean_in_pytorch(call: str) -> None:
    values = []
    for m in (mg, torch):
        rng = np.random.default_rng(0)
        x, y = (m.tensor(rng.normal(size=(3, 4)).astype("float32")) for _ in range(2))
        x2 = m.tensor(rng.normal(size=3).astype("float32"), requires_grad=True)
        names = {"m": m, "x": x, "y": y, "x2": x2, "i": m.tensor(np.array([0, 2, 1]))}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch's, of what is older; and ours
            values.append(plain(eval(call, names)))
    same(*values)


def arguments(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


@pytest.mark.parametrize("name", older.OLDER)
def test_the_older_arguments_stand_where_pytorch_has_them(name: str) -> None:
    row, theirs = older.OLDER[name], arguments(getattr(torch.nn.functional, name))
    assert [theirs.index(word) for word in ("size_average", "reduce", "reduction")] == [
        row.size_average,
        row.reduce,
        row.reduce + 1,
    ]
    assert theirs[row.reduce + 2 :] in ([], [row.then], ["weight"])
    of_class = arguments(getattr(torch.nn, row.module))
    assert of_class.index("size_average") == row.size_average - row.inputs
    assert of_class.index("reduce") == row.reduce - row.inputs


def test_every_loss_with_the_older_arguments_is_listed() -> None:
    ours = {n for n in mg.nn.functional.__all__ if inspect.isfunction(getattr(mg.nn.functional, n))}
    theirs = {n for n in ours if inspect.isfunction(getattr(torch.nn.functional, n, None))}
    has = {n for n in theirs if "size_average" in arguments(getattr(torch.nn.functional, n))}
    assert has == {*older.OLDER}


def test_what_is_given_in_the_place_of_size_average_is_refused() -> None:
    x = mg.ones(2)
    with pytest.raises(TypeError, match=r"mse_loss: size_average: .* given as reduction="):
        mg.nn.functional.mse_loss(x, x, "sum")
    with pytest.raises(TypeError, match="CrossEntropyLoss: size_average"):
        mg.nn.CrossEntropyLoss(None, -100)
    with pytest.warns(UserWarning, match="older words for reduction='sum'"):
        mg.nn.MSELoss(size_average=False)
