"""A random forest whose every tree is grown on a balanced table."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.utils import compute_class_weight, compute_sample_weight, get_tags
from sklearn.utils.parallel import delayed

from fastbal._core.plan import UNDER, make_plan
from fastbal._core.recipe import Rows
from fastbal._core.target import Codes, Target
from fastbal._sklearn import DocumentedHere, StrOptions, check_parameters, check_sample_weight, constraints_of
from fastbal.ensemble._choice import choose_rows
from fastbal.ensemble._jobs import parallel
from fastbal.ensemble._out_of_bag import out_of_bag
from fastbal.ensemble._seeds import seeds_of_new_members
from fastbal.ensemble._training_data import read_training_data, take
from fastbal.pipeline import Pipeline, make_pipeline
from fastbal.under_sampling import RandomUnderSampler

Weights = NDArray[np.float64]


class BalancedRandomForestClassifier(DocumentedHere, RandomForestClassifier):
    """A random forest in which each tree is grown on as many rows of each class.

    For each tree, as many rows of each class are drawn, with replacement, as the smallest class has. With a rare class
    in a large table, each tree needs only a small table: a fraction of the time of an ordinary forest.

    Parameters
    ----------
    n_estimators : int, default=100
        Number of trees.
    criterion : {"gini", "entropy", "log_loss"}, default="gini"
        What a split is judged by. This and what follows up to `min_impurity_decrease` is as in scikit-learn's
        RandomForestClassifier.
    max_depth : int or None, default=None
        Most splits from root to leaf.
    min_samples_split : int or float, default=2
        Least rows of a node that is split, as a number or as a share.
    min_samples_leaf : int or float, default=1
        Least rows of a leaf, as a number or as a share.
    min_weight_fraction_leaf : float, default=0.0
        Least share of the weights in a leaf.
    max_features : {"sqrt", "log2"}, int, float or None, default="sqrt"
        Columns tried at each split.
    max_leaf_nodes : int or None, default=None
        Most leaves.
    min_impurity_decrease : float, default=0.0
        Least that a split must gain.
    bootstrap : bool, default=False
        Whether a bootstrap sample is drawn of the rows that the sampler has drawn.
    oob_score : bool or callable, default=False
        Whether to compute `oob_score_`; a function of the classes (as positions in `classes_`) and the classes
        predicted is used in place of the accuracy. Needs ``replacement=True`` or ``bootstrap=True``.
    sampling_strategy : float, str, dict or callable, default="all"
        From which classes rows are drawn and how many, as of `RandomUnderSampler`. "all" draws from the smallest class
        as well.
    replacement : bool, default=True
        Whether rows are drawn with replacement.
    n_jobs : int or None, default=None
        Threads to grow trees and predict with. None is all that may be used to grow them and one to predict, unless
        joblib says otherwise; -1 is one for each core.
    random_state : int, RandomState or None, default=None
        The random numbers: of the rows, the bootstrap and the columns.
    verbose : int, default=0
        How much joblib says.
    warm_start : bool, default=False
        Whether `fit` keeps the trees it has, and adds those that are missing to `n_estimators`.
    class_weight : dict, {"balanced", "balanced_subsample"} or None, default=None
        Weights of classes, in the table as it is ("balanced") or in each tree's ("balanced_subsample").
    ccp_alpha : float, default=0.0
        What a leaf costs when trees are pruned.
    max_samples : int, float or None, default=None
        Rows of the bootstrap sample, as a number or as a share of the rows of *the table*; never more than the sampler
        draws. Only with ``bootstrap=True``.
    monotonic_cst : array-like of int of shape (n_columns,) or None, default=None
        For each column 1, 0 or -1: the probability of the second class may only rise, do anything, or fall with it.

    Attributes
    ----------
    estimators_ : list of DecisionTreeClassifier
        The trees. They have learned positions in `classes_`.
    samplers_ : list of RandomUnderSampler
        For each tree the sampler; its `sample_indices_` are the rows drawn.
    pipelines_ : list of Pipeline
        Both together; the same objects, not copies.
    estimators_samples_ : list of ndarray, int64
        For each tree the rows it has seen, as often as it has seen them.
    estimator_ : DecisionTreeClassifier
        The model of the trees.
    base_sampler_ : RandomUnderSampler
        The model of the samplers.
    classes_ : ndarray of shape (n_classes,)
        The labels, ascending.
    n_classes_ : int
        Number of labels.
    feature_importances_ : ndarray of shape (n_columns,), float64
        How much the splits by each column gain, on average; they add up to 1.
    oob_score_ : float
        Accuracy on rows that a tree has not seen in any copy, if `oob_score`.
    oob_decision_function_ : ndarray of shape (n_rows, n_classes), float64
        The mean of what is predicted for each row by the trees that have not seen it; NaN where all have.
    n_outputs_ : int
        1.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    See Also
    --------
    BalancedBaggingClassifier : Any sampler, any learner.

    Notes
    -----
    Trees grown on balanced tables say how likely a row is to be of the rare class if all classes were equally common:
    the probabilities are too high for the table as it is. `fastbal.calibration` puts them right.

    NaN is taken as scikit-learn's trees take it.

    References
    ----------
    Chen, Liaw, Breiman: Using random forest to learn imbalanced data. University of California, Berkeley (2004).

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.ensemble import BalancedRandomForestClassifier
    >>> X, y = make_classification(n_samples=2000, weights=[0.95], random_state=0)
    >>> model = BalancedRandomForestClassifier(oob_score=True, random_state=0).fit(X, y)
    >>> round(model.oob_score_, 2)
    0.99
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **constraints_of(RandomForestClassifier),
        **RandomUnderSampler._parameter_constraints,
        "class_weight": [StrOptions({"balanced", "balanced_subsample"}), dict, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_estimators: int = 100,
        *,
        criterion: Literal["entropy", "gini", "log_loss"] = "gini",
        max_depth: int | None = None,
        min_samples_split: float = 2,
        min_samples_leaf: float = 1,
        min_weight_fraction_leaf: float = 0.0,
        max_features: Any = "sqrt",
        max_leaf_nodes: int | None = None,
        min_impurity_decrease: float = 0.0,
        bootstrap: bool = False,
        oob_score: Any = False,
        sampling_strategy: Any = "all",
        replacement: bool = True,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
        warm_start: bool = False,
        class_weight: Any = None,
        ccp_alpha: float = 0.0,
        max_samples: Any = None,
        monotonic_cst: Any = None,
    ) -> None:
        super().__init__(
            n_estimators,
            criterion=criterion,
            max_depth=max_depth,
            min_samples_split=min_samples_split,
            min_samples_leaf=min_samples_leaf,
            min_weight_fraction_leaf=min_weight_fraction_leaf,
            max_features=max_features,
            max_leaf_nodes=max_leaf_nodes,
            min_impurity_decrease=min_impurity_decrease,
            bootstrap=bootstrap,
            oob_score=oob_score,
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
            warm_start=warm_start,
            class_weight=class_weight,
            ccp_alpha=ccp_alpha,
            max_samples=max_samples,
            monotonic_cst=monotonic_cst,
        )
        self.sampling_strategy = sampling_strategy
        self.replacement = replacement

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Grow each tree on a balanced table of its own.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            The table; read as float32.
        y : array-like of shape (n_rows,)
            The label of each row: numbers, text, booleans, categories, nullable or not.
        sample_weight : array-like of shape (n_rows,), default=None
            The weight of each row in its trees; with ``bootstrap=True``, how likely it is in the bootstrap sample.
            The sampler knows nothing of it.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If there is one class only, or `sampling_strategy` cannot be met or leaves no rows of a class.
        """
        check_parameters(self)
        if self.oob_score and not (self.bootstrap or self.replacement):
            raise ValueError(
                "Out of bag estimation only available if bootstrap=True or replacement=True: without, no row of the "
                "smallest class is left out of any tree. Set one of them, or oob_score=False."
            )
        tree = clone(self.estimator).set_params(**{name: getattr(self, name) for name in self.estimator_params})
        takes_nan = get_tags(tree).input_tags.allow_nan and not sparse.issparse(X)
        X, target = read_training_data(
            self, X, y, dtype=np.float32, ensure_all_finite="allow-nan" if takes_nan else True
        )
        self._require_all_classes(target)
        self.classes_, self.n_classes_, self.n_outputs_ = target.classes, len(target.classes), 1
        self.estimator_ = tree
        self.base_sampler_ = RandomUnderSampler(sampling_strategy=self.sampling_strategy, replacement=self.replacement)
        if sample_weight is not None:
            sample_weight = check_sample_weight(sample_weight, X)
        self._weights = self._weights_of_rows(target, sample_weight)
        self._n_drawn = self._size_of_bootstrap(len(target.codes)) if self.bootstrap else None
        if not self.warm_start or not hasattr(self, "estimators_"):
            self.estimators_, self.samplers_ = [], []
        seeds = seeds_of_new_members(self, per_member=2)
        grown = parallel(self.n_jobs, grows_trees=True, verbose=self.verbose, prefer="threads")(
            delayed(self._grow)(
                clone(tree).set_params(random_state=tree_seed),
                clone(self.base_sampler_).set_params(random_state=sampler_seed),
                X,
                target,
            )
            for tree_seed, sampler_seed in seeds.tolist()
        )
        self.estimators_ += [tree for tree, _ in grown]
        self.samplers_ += [sampler for _, sampler in grown]
        if self.oob_score:
            members = zip(self.estimators_, self.estimators_samples_, [None] * self.n_estimators, strict=True)
            score = self.oob_score if callable(self.oob_score) else accuracy_score
            self.oob_decision_function_, self.oob_score_ = out_of_bag(members, X, target.codes, self.n_classes_, score)
        return self

    @property
    def pipelines_(self) -> list[Pipeline]:
        """For each tree, its sampler and itself."""
        return [make_pipeline(*pair) for pair in zip(self.samplers_, self.estimators_, strict=True)]

    @property
    def estimators_samples_(self) -> list[Rows]:
        """For each tree the rows it has seen; those of the bootstrap are drawn anew at each call, so not stored."""
        drawn = [sampler.sample_indices_ for sampler in self.samplers_]
        if self._n_drawn is None:
            return drawn
        return [rows[self._bootstrapped(tree, rows)] for tree, rows in zip(self.estimators_, drawn, strict=True)]

    def _grow(self, tree: Any, sampler: RandomUnderSampler, X: Any, target: Target) -> tuple[Any, RandomUnderSampler]:
        rows = choose_rows(sampler, target, X.shape[1])
        codes = target.codes[rows]
        weights = None if self._weights is None else self._weights[rows]
        if self._n_drawn is not None:
            weights = self._weights_of_bootstrap(self._bootstrapped(tree, rows), codes)
        tree.fit(take(X, rows), codes, sample_weight=weights)
        return tree, sampler

    def _bootstrapped(self, tree: Any, rows: Rows) -> Rows:
        """Which of the rows that the sampler has drawn are in the tree's bootstrap sample, as often as they are."""
        assert self._n_drawn is not None
        stream = np.random.RandomState(tree.random_state)
        n_drawn = min(self._n_drawn, len(rows))
        if self._weights is None:
            return stream.randint(0, len(rows), n_drawn)
        weights = self._weights[rows]
        return stream.choice(len(rows), n_drawn, p=weights / weights.sum())

    def _weights_of_bootstrap(self, drawn: Rows, codes: Codes) -> Weights:
        """How often each row has been drawn: what the tree counts it for. Rows are not copied."""
        times = np.bincount(drawn, minlength=len(codes)).astype(np.float64)
        if self.class_weight == "balanced_subsample":
            times *= compute_sample_weight("balanced", codes, indices=drawn)
        return times

    def _size_of_bootstrap(self, n_rows: int) -> int:
        if not isinstance(self.max_samples, float):
            return n_rows if self.max_samples is None else int(self.max_samples)
        total = n_rows if self._weights is None else self._weights.sum()
        return max(1, int(self.max_samples * total))

    def _weights_of_rows(self, target: Target, sample_weight: Weights | None) -> Weights | None:
        """Weights as given, times those of the classes."""
        if self.class_weight is None or (self.class_weight == "balanced_subsample" and self.bootstrap):
            return sample_weight
        if isinstance(self.class_weight, dict):
            of_class = compute_class_weight(self.class_weight, classes=target.classes, y=target.classes)
        else:
            totals = np.bincount(target.codes, sample_weight)
            of_class = totals.sum() / (len(totals) * totals)
        weights: Weights = of_class[target.codes]
        return weights if sample_weight is None else weights * sample_weight

    def _require_all_classes(self, target: Target) -> None:
        plan = make_plan(self.sampling_strategy, target, UNDER)
        for code, number in plan.items():
            if number == 0:
                raise ValueError(
                    f"sampling_strategy={self.sampling_strategy!r} leaves no rows of class {target.labels[code]!r}, "
                    "which every tree must know. Ask for 1 row or more, or drop the class from the table."
                )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = False
        tags.classifier_tags.multi_label = False
        return tags
