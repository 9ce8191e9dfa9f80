"""Five published studies of dense nets, declared as pages and run from one command.

    python examples/studies list
    python examples/studies run study1 study5/gradients
    python examples/studies report

A study (study1.py to study5.py) says what is varied and what is held; everything else is shared:
declare.py the words that a study is written in, pictures.py the data, trainer.py the training,
store.py the results on disk, runner.py who runs what, plots.py and report.py what comes of it.
"""
