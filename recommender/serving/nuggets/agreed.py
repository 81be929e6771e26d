"""A learner as far as recommendations may use what is known: what the learner did not agree to counts no more."""

from __future__ import annotations

from dataclasses import replace

from lrs.auth.stores import Store
from recommender.interactions.history import Positive
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.serving.state.learners import Learner
from recommender.storage.interactions import InteractionRow
from recommender.storage.user_features import UserFeatures


def as_agreed(learner: Learner, store: Store, snapshot: CatalogueSnapshot) -> Learner:
    """Return the learner without the past that must not be used; what is done is not recommended again.

    One who refused to be recommended to by the past gets what is popular, in the own languages. What was done with
    private nuggets is used only of learners who agreed to it.
    """
    history = learner.history
    if not learner.permits(store, "recommendations"):
        features = learner.features
        kept = UserFeatures(language=features.language, languages=features.languages)
        finished = history.completed | history.done
        return replace(
            learner, history=replace(history, positives=(), views=(), completed=finished), features=kept
        )
    if learner.permits(store, "private") or not snapshot.private.any():
        return learner
    positives, views = (_open(acts, snapshot) for acts in (history.positives, history.views))
    finished = history.completed | history.done
    return replace(learner, history=replace(history, positives=positives, views=views, completed=finished))


def rows_to_follow(learner: Learner, store: Store, snapshot: CatalogueSnapshot) -> tuple[InteractionRow, ...]:
    """Return what the learner did as far as a list may follow from it, by the same rules as `as_agreed`."""
    if not learner.permits(store, "recommendations"):
        return ()
    if learner.permits(store, "private") or not snapshot.private.any():
        return learner.rows
    index = snapshot.columns.index
    return tuple(
        one for one in learner.rows if one.unit not in index or not snapshot.is_private(index[one.unit])
    )


def _open(acts: tuple[Positive, ...], snapshot: CatalogueSnapshot) -> tuple[Positive, ...]:
    index = snapshot.columns.index
    return tuple(one for one in acts if one.item not in index or not snapshot.is_private(index[one.item]))
