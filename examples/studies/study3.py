"""Study 3: softmax to three hidden layers with regularisation; Fashion-MNIST and notMNIST."""

from studies.declare import Claim, Picture, Row, Run, Section, Study

FULL = Run(data="fashion-mnist", validation=1 / 12, epochs=300, optimizer="adam", lr=0.005)
DEEP = FULL.but(hidden=(300, 100))
LETTERS = Run(data="notmnist", validation=1 / 10, epochs=20, batch=256, optimizer="adam", lr=0.001)

DEPTH = Section(
    name="depth",
    title="3.1 Softmax, one and two hidden layers",
    text="300 steps on the full batch.",
    rows=(
        Row("softmax", FULL, {"train_accuracy": 0.847, "validation_accuracy": 0.830}),
        Row(
            "300", FULL.but(hidden=(300,)), {"train_accuracy": 0.932, "validation_accuracy": 0.884}
        ),
        Row("300-100", DEEP, {"train_accuracy": 0.937, "validation_accuracy": 0.885}),
        Row(
            "300-100, plain descent",
            DEEP.but(optimizer="sgd", lr=0.01),
            note="The same number of steps of plain descent at 0.01.",
        ),
    ),
    pictures=(Picture("curves", "Softmax, one and two hidden layers"),),
    claims=(
        Claim("A hidden layer helps", "validation_accuracy", "300", "softmax"),
        Claim("A second one too", "validation_accuracy", "300-100", "300"),
    ),
)

L2, L1 = (0.001, 0.003, 0.006), (0.0001, 0.0003, 0.0006)
PUBLISHED = {
    "L2 0.003": {"train_accuracy": 0.87, "validation_accuracy": 0.86},
    "L1 0.0003": {"train_accuracy": 0.87, "validation_accuracy": 0.85},
}
PENALTIES = {
    **{f"L2 {value}": {"l2": value} for value in L2},
    **{f"L1 {value}": {"l1": value} for value in L1},
}

PENALTY = Section(
    name="penalties",
    title="3.2 L2 and L1 on 300-100",
    rows=tuple(
        Row(name, DEEP.but(**change), PUBLISHED.get(name, {})) for name, change in PENALTIES.items()
    ),
    pictures=(
        Picture("l2", "300-100 with L2", ("depth/300-100", *(f"L2 {v}" for v in L2))),
        Picture("l1", "300-100 with L1", ("depth/300-100", *(f"L1 {v}" for v in L1))),
    ),
    claims=(
        Claim("L2 of 0.003 narrows the gap", "gap", "depth/300-100", "L2 0.003"),
        Claim("L1 of 0.0003 narrows the gap", "gap", "depth/300-100", "L1 0.0003"),
        Claim("L2 of 0.006 costs accuracy", "validation_accuracy", "L2 0.003", "L2 0.006"),
        Claim("L1 of 0.0006 costs accuracy", "validation_accuracy", "L1 0.0003", "L1 0.0006"),
    ),
)

TWO, THREE = (400, 200), (600, 400, 200)
NETS = {
    "softmax": (LETTERS.but(epochs=10), 0.857),
    "300": (LETTERS.but(hidden=(300,), epochs=10), 0.916),
    "400-200": (LETTERS.but(hidden=TWO, epochs=10), 0.924),
    "600-400-200": (LETTERS.but(hidden=THREE, epochs=10), 0.930),
}
DROPOUTS = {
    "400-200, dropout 0.2": (LETTERS.but(hidden=TWO, dropout=0.2), 0.932),
    "400-200, dropout 0.4": (LETTERS.but(hidden=TWO, dropout=0.4), 0.930),
    "400-200, dropout 0.6": (LETTERS.but(hidden=TWO, dropout=0.6), 0.915),
    "400-200, dropout 0.4 and 0.2": (
        LETTERS.but(hidden=TWO, dropout=(0.4, 0.2), epochs=50),
        0.931,
    ),
    "600-400-200, dropout 0.4": (LETTERS.but(hidden=THREE, dropout=0.4), 0.933),
}

LETTER_NETS = Section(
    name="notmnist",
    title="3.3 notMNIST: depth and dropout",
    text="As in the report, the four nets without dropout are trained for 10 epochs, and the one "
    "with dropout 0.4 and 0.2 for 50; the others for 20.",
    rows=tuple(
        Row(name, run, {"validation_accuracy": published})
        for name, (run, published) in {**NETS, **DROPOUTS}.items()
    ),
    pictures=(
        Picture("depth", "notMNIST: depth", tuple(NETS)),
        Picture("dropout", "notMNIST: 400-200 with dropout", ("400-200", *list(DROPOUTS)[:4])),
        Picture("overview", "notMNIST: depth and dropout", kind="bars"),
    ),
    claims=(
        Claim(
            "Dropout of 0.2 helps 400-200",
            "validation_accuracy",
            "400-200, dropout 0.2",
            "400-200",
        ),
        Claim(
            "Dropout of 0.6 is too much for it",
            "validation_accuracy",
            "400-200, dropout 0.2",
            "400-200, dropout 0.6",
        ),
        Claim(
            "Dropout of 0.4 helps 600-400-200",
            "validation_accuracy",
            "600-400-200, dropout 0.4",
            "600-400-200",
        ),
    ),
)

STUDY = Study(
    "study3",
    "Study 3. Softmax to three hidden layers, with regularisation",
    "Fashion-MNIST with Adam at 0.005 and full batches: the report leaves the optimiser, its rate "
    "and the number of steps open, and these reach its training accuracies. notMNIST with Adam at "
    "0.001 in batches of 256. "
    "Weights are Glorot's.",
    (DEPTH, PENALTY, LETTER_NETS),
)
