"""The next character of a word, three ways: counted, by a net, by a small GPT.

    python examples/characters

The net's backward pass is written by hand, and compared with the tape's. The words are of Python's
and NumPy's own documentation; a tenth of them is kept for validation. It takes a minute or two,
prints tables and invented words, and draws how the losses fall.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

if not sys.flags.safe_path:
    del sys.path[0]
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from characters import by_hand, counts, gpt
from characters.words import ALPHABET, OVER, contexts, invent, sequences, words
from training import Figure, count, progress_bar, updates

import minigrad as mg
from minigrad import optim
from minigrad.nn import functional as F

NET_BATCH, GPT_BATCH = 256, 64  # characters; words


def batches(x, y, size, steps, generator):
    for _ in range(steps):
        rows = generator.integers(0, len(x), size)
        yield mg.tensor(x[rows]), mg.tensor(y[rows])


def train_net(x, y, steps, generator):
    """Descend along the gradients by hand; the first of them are printed beside the tape's."""
    p = by_hand.parameters()
    x, y = contexts(x, by_hand.CONTEXT)[y != OVER], y[y != OVER]
    losses = []
    with progress_bar(steps, "steps") as bar, mg.no_grad():
        for step, (xs, ys) in enumerate(batches(x, y, NET_BATCH, steps, generator)):
            scores, kept = by_hand.forward(p, xs)
            gradients = by_hand.backward(p, xs, ys, scores, kept)
            if step == 0:
                bar.write(by_hand.comparison(p, xs, ys, gradients))
            for name, g in gradients.items():
                p[name] -= 0.5 * (1 - step / steps) * g
            losses.append(F.cross_entropy(scores, ys).item())
            bar.update()
        statistics = by_hand.moments(by_hand.forward(p, mg.tensor(x))[1][1])

    def model(rows):
        seen = mg.tensor(contexts(rows, by_hand.CONTEXT).reshape(-1, by_hand.CONTEXT))
        return by_hand.forward(p, seen, statistics)[0].reshape((*rows.shape, -1))

    return model, losses, sum(value.numel() for value in p.values())


def train_gpt(x, y, steps, generator):
    model = gpt.GPT()
    optimizer = optim.AdamW(model.parameters(), lr=0.005, weight_decay=0.1)
    rates = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    drawn = batches(x, y, GPT_BATCH, steps, generator)
    losses = []
    with progress_bar(steps, "steps") as bar:
        for loss in updates(model, optimizer, drawn, gpt.cross_entropy, schedule=rates):
            losses.append(loss.item())
            bar.update()
    model.eval()
    return lambda rows: model(mg.tensor(rows)), losses, sum(p.numel() for p in model.parameters())


def count_pairs(x, y, steps, generator):
    table = counts.scores(mg.tensor(x[y != OVER]), mg.tensor(y[y != OVER]))
    return lambda rows: table[mg.tensor(rows)], [], table.numel()


def draw(chances, losses, ends, path):
    """How likely each pair of characters is, and how the losses fall to those of the validation."""
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    shown = left.imshow(chances, cmap="Blues", vmax=0.5)
    left.set(title="Counted pairs", xlabel="next character", ylabel="last character")
    for set_ticks in (left.set_xticks, left.set_yticks):
        set_ticks(range(len(ALPHABET)), ALPHABET, fontsize=7)
    figure.colorbar(shown, label="share")
    for i, (name, end) in enumerate(ends.items()):
        right.axhline(end, color=f"C{i}", ls="--", lw=1)
        course = losses.get(name, [])
        smooth = np.convolve(course, np.full(50, 1 / 50), "valid") if len(course) > 50 else course
        right.plot(np.linspace(0, 1, len(smooth)), smooth, f"C{i}", lw=1, label=name)
    right.set(title="Loss of batches, and of validation (dashed)", ylim=(1.1, 3.1))
    right.set(xlabel="share of the training", ylabel="cross-entropy a character")
    right.legend(frameon=False)
    right.grid(alpha=0.3)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--net-steps", type=count, default=6000, help="batches of 256 characters")
    parser.add_argument("--gpt-steps", type=count, default=1500, help="batches of 64 words")
    parser.add_argument("--seed", type=int, default=0, help="of weights, batches and inventions")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder of the picture")
    args = parser.parse_args(arguments)

    known = words()
    cut = len(known) // 10
    parts = [sequences(known[cut:]), sequences(known[:cut])]
    print(f"{len(known):,} words, such as {', '.join(known[:8])}\n")
    rows, losses, ends, invented = [], {}, {}, {}
    for name, train, steps in (
        ("pairs", count_pairs, 0),
        ("net", train_net, args.net_steps),
        ("GPT", train_gpt, args.gpt_steps),
    ):
        generator = np.random.default_rng(args.seed)
        mg.manual_seed(args.seed)
        begin = time.perf_counter()
        model, losses[name], size = train(*parts[0], steps, generator)
        seconds = time.perf_counter() - begin
        with mg.no_grad():
            mean = [gpt.cross_entropy(model(x), mg.tensor(y)).item() for x, y in parts]
            new = invent(lambda x, model=model: model(x).numpy(), 60, generator)
        ends[name] = mean[1]
        rows.append(f"{name:6}  {size:10,}  {mean[0]:10.4f}  {mean[1]:10.4f}  {seconds:7.1f}")
        invented[name] = [word for word in dict.fromkeys(new) if word not in known][:8]
        if name == "pairs":
            chances = mg.exp(model(np.arange(len(ALPHABET)))).numpy()

    print("model   parameters  train loss   val. loss  seconds", *rows, sep="\n")
    print("\nInvented, and none of the words that are known:")
    for name, new in invented.items():
        print(f"{name:6}  {', '.join(new)}")
    picture = args.out / "characters.png"
    draw(chances, losses, ends, picture)
    print(f"\nPairs and losses: {picture}")


if __name__ == "__main__":
    main()
