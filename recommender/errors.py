"""The errors of the recommender: each knows its HTTP status and a sentence with the remedy."""

from __future__ import annotations


class RecommenderError(Exception):
    """The root of the tree; `status` and `code` belong to the class, the sentence to the case."""

    status = 500
    code = "recommender_error"

    def __init__(self, message: str, *, path: str = "", rule: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.rule = rule


class ModelNotFoundError(RecommenderError):
    """No model of this version is registered in the store."""

    status = 404
    code = "model_not_found"


class CorruptModelError(RecommenderError):
    """The arrays of a model are missing or differ from the hashes in its manifest."""

    code = "corrupt_model"


class UnsupportedModelError(RecommenderError):
    """The model was written in a format that this release does not read."""

    code = "unsupported_model"


class TrainingInProgressError(RecommenderError):
    """Another training of the same store is under way."""

    status = 409
    code = "training_in_progress"


class TrainingTooLongError(RecommenderError):
    """A training took longer than the settings allow for one store."""

    status = 409
    code = "training_too_long"


class TooLittleDataError(RecommenderError):
    """There are too few interactions to train or to evaluate."""

    status = 409
    code = "too_little_data"


class SyncInProgressError(RecommenderError):
    """Another process is turning this store's Statements into interactions."""

    status = 409
    code = "sync_in_progress"


class FiguresCountedError(RecommenderError):
    """Figures are being counted for longer than a request waits."""

    status = 503
    code = "figures_counted"


class NotInCatalogueError(RecommenderError):
    """A nugget, skill, role or goal that the store does not know."""

    status = 404
    code = "not_in_catalogue"


class NotSuggestedError(RecommenderError):
    """A person who does not agree to be suggested, or does not exist; the answer does not tell which."""

    status = 404
    code = "not_suggested"


class ExperimentInProgressError(RecommenderError):
    """Another experiment of the same store runs."""

    status = 409
    code = "experiment_in_progress"


class ExperimentNotFoundError(RecommenderError):
    """No experiment runs in the store."""

    status = 404
    code = "experiment_not_found"


class ExperimentRefusedError(RecommenderError):
    """An experiment that makes no sense."""

    status = 400
    code = "experiment_refused"


class NoWinnerError(RecommenderError):
    """The two versions of an experiment do not differ enough to name a winner."""

    status = 409
    code = "no_winner"
