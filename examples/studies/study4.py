"""Study 4: batch norm, as the lecture tells it."""

from studies.declare import Claim, Experiment, Picture, Row, Run, Section, Study

SCALES = Section(
    name="scales",
    title="4.1 Features on different scales",
    text="Logistic regression on two features, one within (1, 1000), one within (0, 1), by plain "
    "descent. Without normalised inputs the rate must suit the large feature, and the small one "
    "hardly moves.",
    experiment=Experiment(
        "studies.lecture:scales",
        {"rates": (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0), "steps": 500, "seed": 1},
        {"steps": 20},
    ),
)

SIGNALS = Section(
    name="signals",
    title="4.2 Vanishing and exploding signals, before and after batch norm",
    text="A deep net of ReLU layers at its start: how large activations and gradients are, layer "
    "by layer. He's standard deviation is 0.14 here.",
    experiment=Experiment(
        "studies.lecture:signals",
        {"layers": 20, "width": 100, "stds": (0.05, 0.14, 0.4), "batch": 256, "seed": 1},
        {"layers": 4, "width": 10},
    ),
)

IDENTITY = Section(
    name="identity",
    title="4.3 Batch norm can be undone",
    text="With gamma = sqrt(variance + eps) and beta = mean, batch norm hands its input on: what "
    "it takes away it can learn to give back.",
    experiment=Experiment("studies.lecture:identity", {"shapes": ((8, 3), (512, 100)), "seed": 1}),
)

LEARNING = Section(
    name="gamma-and-beta",
    title="4.4 Gamma and beta learn as weights do",
    experiment=Experiment(
        "studies.lecture:gamma_and_beta",
        {
            "rates": {"SGD": 0.1, "RMSprop": 0.001, "Adam": 0.001},
            "width": 50,
            "steps": 300,
            "batch": 256,
            "samples": 10_000,
            "seed": 1,
        },
        {"steps": 5, "batch": 50, "samples": 200},
    ),
)

PLAIN = Run(
    data="fashion-mnist",
    validation=1 / 10,
    samples=10_000,
    standardise=True,
    hidden=(100,) * 5,
    init="he",
    batch=128,
    epochs=10,
    lr=0.05,
)
NORM = PLAIN.but(batch_norm="before")

PLACE = Section(
    name="place",
    title="4.5 Before the activation, or after it",
    rows=(Row("before", NORM), Row("after", PLAIN.but(batch_norm="after")), Row("without", PLAIN)),
    pictures=(Picture("curves", "Batch norm before and after the activation"),),
    claims=tuple(
        Claim(f"Batch norm {place} the activation helps", "validation_accuracy", place, "without")
        for place in ("before", "after")
    ),
)

WEIGHTS = {"Glorot's weights": "glorot", "He's weights": "he"}
NORMS = {"without": "", "batch norm": "before"}

FASTER = Section(
    name="faster",
    title="4.6 Claim 1: training is faster",
    text="Ten hidden layers, at the same rate, from weights that suit ReLUs (He's) and from "
    "weights that let their signals fade (Glorot's).",
    rows=tuple(
        Row(
            f"{name}, {start}, {epochs} epoch{'s' * (epochs > 1)}",
            PLAIN.but(hidden=(100,) * 10, init=init, batch_norm=norm, epochs=epochs),
        )
        for epochs in (1, 10)
        for start, init in WEIGHTS.items()
        for name, norm in NORMS.items()
    ),
    pictures=(
        Picture(
            "curves",
            "Ten hidden layers with and without batch norm",
            tuple(f"{name}, {start}, 10 epochs" for start in WEIGHTS for name in NORMS),
        ),
    ),
    claims=tuple(
        Claim(
            f"From {start} the loss is lower with batch norm after {epochs}",
            "train_loss",
            f"without, {start}, {epochs}",
            f"batch norm, {start}, {epochs}",
        )
        for start in WEIGHTS
        for epochs in ("1 epoch", "10 epochs")
    ),
)

RATES = (0.01, 0.1, 0.5, 2.0)


def compared(change: str, values: tuple[float, ...], word: str) -> tuple[Row, ...]:
    return tuple(
        Row(f"{name}, {word} {value:g}", run.but(**{change: value}))
        for name, run in (("without", PLAIN), ("batch norm", NORM))
        for value in values
    )


HIGHER = Section(
    name="rates",
    title="4.7 Claim 2: higher learning rates",
    rows=compared("lr", RATES, "rate"),
    pictures=(Picture("curves", "Learning rates with and without batch norm"),),
    claims=tuple(
        Claim(
            f"At a rate of {rate:g} the net with batch norm is far ahead",
            "train_accuracy",
            f"batch norm, rate {rate:g}",
            f"without, rate {rate:g}",
            0.2,
        )
        for rate in RATES[2:]
    ),
)

STARTS = (0.01, 0.1, 0.5)

EASIER = Section(
    name="starts",
    title="4.8 Claim 3: initialisation matters less",
    rows=compared("init", STARTS, "std"),
    pictures=(Picture("curves", "Initial weights with and without batch norm"),),
    claims=tuple(
        Claim(
            f"From a standard deviation of {std:g} the net with batch norm is ahead",
            "validation_accuracy",
            f"batch norm, std {std:g}",
            f"without, std {std:g}",
        )
        for std in STARTS
    ),
)

SMALL = {"samples": 2000, "epochs": 40, "batch": 32}

REGULARISES = Section(
    name="regularisation",
    title="4.9 Claim 4: some regularisation",
    text="On 2,000 pictures, long enough to fit them, in batches of 32: the noise of their "
    "statistics is what is said to regularise.",
    rows=(Row("without", PLAIN.but(**SMALL)), Row("batch norm", NORM.but(**SMALL))),
    pictures=(Picture("curves", "Fitting 2,000 pictures"),),
    claims=(
        Claim(
            "The gap between training and validation loss is narrower",
            "gap",
            "without",
            "batch norm",
        ),
        Claim("The test accuracy is higher", "test_accuracy", "batch norm", "without"),
    ),
)

STUDY = Study(
    "study4",
    "Study 4. Batch norm, as the lecture tells it",
    "Nets of five hidden layers of 100 on 10,000 pictures of Fashion-MNIST, batches of 128, plain "
    "descent at 0.05, where nothing else is said.",
    (
        SCALES,
        SIGNALS,
        IDENTITY,
        LEARNING,
        PLACE,
        FASTER,
        HIGHER,
        EASIER,
        REGULARISES,
    ),
)
