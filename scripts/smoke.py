"""Does an installed minigrad import, train and differentiate?  Needs nothing but minigrad.

python scripts/smoke.py
"""

from importlib import resources

import minigrad as mg
import minigrad.nn.functional as F
from minigrad import nn, optim

mg.manual_seed(0)
points = mg.randn(256, 2)
labels = (points[:, 0] * points[:, 1] > 0).astype("int64")
net = nn.Sequential(nn.Linear(2, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 2))
optimizer = optim.Adam(net.parameters(), lr=0.01)
losses = []
for _ in range(100):
    loss = F.cross_entropy(net(points), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
assert losses[-1] < 0.2 * losses[0], losses
assert mg.gradcheck(lambda x: mg.logsumexp(x, axis=0), mg.tensor([1.0, 2.0])).passed
with mg.explore() as view:
    F.cross_entropy(net(points), labels).backward()
assert "dagre" in view.to_html()  # the page's files are there
package = resources.files("minigrad")
assert (package / "py.typed").is_file()
assert any(f.name.endswith(".pyi") for f in (package / "kernels").iterdir())
mg.show_config()
print(f"trained: loss {losses[0]:.3f} -> {losses[-1]:.3f}; {package}")
