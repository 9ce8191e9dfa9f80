"""Study 2: from softmax to five layers, with Adam on full batches of Fashion-MNIST; notMNIST."""

from studies.declare import Claim, Picture, Row, Run, Section, Study

FULL = Run(data="fashion-mnist", validation=1 / 12, epochs=200, optimizer="adam", lr=0.001)
SOFTMAX = FULL.but(init=0.05)
DEEP = FULL.but(hidden=(300, 100))
LETTERS = Run(data="notmnist", validation=1 / 5, epochs=20, batch=256, optimizer="adam", lr=0.001)

CLASSIFIER = Section(
    name="softmax",
    title="2.1 The softmax classifier",
    text="Weights of mean 0 and standard deviation 0.05.",
    rows=(
        Row("200 iterations", SOFTMAX, {"train_accuracy": 0.809, "test_accuracy": 0.799}),
        *(Row(f"{n} iterations", SOFTMAX.but(epochs=n)) for n in (500, 1000, 2000)),
    ),
    pictures=(Picture("curves", "Softmax classifier, Adam, full batch"),),
    claims=(
        Claim(
            "Longer runs still improve it",
            "test_accuracy",
            "2000 iterations",
            "200 iterations",
        ),
    ),
)

HIDDEN = Section(
    name="hidden",
    title="2.2 Hidden layers",
    rows=(
        Row(
            "300",
            FULL.but(hidden=(300,)),
            {"train_accuracy": 0.890, "test_accuracy": 0.869},
        ),
        Row("300-100", DEEP, {"train_accuracy": 0.891, "test_accuracy": 0.870}),
    ),
    pictures=(
        Picture(
            "depth",
            "Softmax against one and two hidden layers",
            ("softmax/200 iterations", "300", "300-100"),
        ),
    ),
    claims=(
        Claim(
            "A hidden layer beats softmax alone",
            "test_accuracy",
            "300",
            "softmax/200 iterations",
        ),
        Claim("A second hidden layer adds to it", "test_accuracy", "300-100", "300"),
    ),
)

WIDTHS = range(100, 1001, 100)

WIDTH = Section(
    name="width",
    title="2.3 100 to 1000 neurons in one hidden layer",
    rows=tuple(Row(f"{n} neurons", FULL.but(hidden=(n,))) for n in WIDTHS if n != 300),
    pictures=(
        Picture(
            "overview",
            "One hidden layer: its width",
            tuple("hidden/300" if n == 300 else f"{n} neurons" for n in WIDTHS),
            "bars",
        ),
    ),
    claims=(Claim("Wider is better", "test_accuracy", "1000 neurons", "100 neurons"),),
)

PENALTY = Section(
    name="penalties",
    title="2.4 L1 and L2 on 300-100",
    rows=(
        Row("L1 0.00001", DEEP.but(l1=0.00001), {"test_accuracy": 0.871}),
        Row("L2 0.001", DEEP.but(l2=0.001), {"test_accuracy": 0.869}),
        Row("L1 1.0", DEEP.but(l1=1.0)),
        Row("L2 1.0", DEEP.but(l2=1.0)),
    ),
    pictures=(
        Picture(
            "curves",
            "300-100 with penalties",
            ("hidden/300-100", "L1 0.00001", "L2 0.001", "L1 1.0", "L2 1.0"),
        ),
    ),
    claims=tuple(
        Claim(
            f"{kind} of 1.0 makes the net collapse",
            "train_accuracy",
            "hidden/300-100",
            f"{kind} 1.0",
            0.5,
        )
        for kind in ("L1", "L2")
    ),
)

MODELS = {
    "model 1: softmax": ((), 0.0, 0.855),
    "model 2: 200": ((200,), 0.0, 0.913),
    "model 3: 400-200": ((400, 200), 0.0, 0.920),
    "model 4: 600-400-200": ((600, 400, 200), 0.0, 0.923),
    "model 5: 800-600-400-200": ((800, 600, 400, 200), 0.0, 0.926),
    "model 4, dropout 0.3": ((600, 400, 200), 0.3, 0.926),
    "model 5, dropout 0.3": ((800, 600, 400, 200), 0.3, 0.928),
}

LETTER_NETS = Section(
    name="notmnist",
    title="2.5 notMNIST",
    text="Adam, batches of 256, 20 epochs, a fifth for validation. The hidden layers of the five "
    "models are those of study 1.",
    rows=tuple(
        Row(name, LETTERS.but(hidden=hidden, dropout=rate), {"test_accuracy": published})
        for name, (hidden, rate, published) in MODELS.items()
    ),
    pictures=(
        Picture("models", "notMNIST: models 1 to 5", tuple(MODELS)[:5]),
        Picture("dropout", "notMNIST: models 4 and 5 with and without dropout", tuple(MODELS)[3:]),
    ),
    claims=tuple(
        Claim(
            f"Dropout helps model {i}",
            "test_accuracy",
            f"model {i}, dropout 0.3",
            f"model {i}: {net}",
        )
        for i, net in ((4, "600-400-200"), (5, "800-600-400-200"))
    ),
)

STUDY = Study(
    "study2",
    "Study 2. Softmax to five layers",
    "Fashion-MNIST with Adam at 0.001 and full batches, an iteration being a step; a twelfth is "
    "kept for validation. Weights are Glorot's where nothing else is said.",
    (CLASSIFIER, HIDDEN, WIDTH, PENALTY, LETTER_NETS),
)
