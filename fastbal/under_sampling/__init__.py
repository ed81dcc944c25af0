"""Samplers that remove rows from the larger classes."""

from __future__ import annotations

from fastbal.under_sampling._all_knn import AllKNN
from fastbal.under_sampling._cluster_centroids import ClusterCentroids
from fastbal.under_sampling._condensed_nearest_neighbour import CondensedNearestNeighbour
from fastbal.under_sampling._edited_nearest_neighbours import EditedNearestNeighbours
from fastbal.under_sampling._instance_hardness_threshold import InstanceHardnessThreshold
from fastbal.under_sampling._near_miss import NearMiss
from fastbal.under_sampling._neighbourhood_cleaning_rule import NeighbourhoodCleaningRule
from fastbal.under_sampling._one_sided_selection import OneSidedSelection
from fastbal.under_sampling._random import RandomUnderSampler
from fastbal.under_sampling._repeated_edited_nearest_neighbours import RepeatedEditedNearestNeighbours
from fastbal.under_sampling._tomek_links import TomekLinks

__all__ = [
    "AllKNN",
    "ClusterCentroids",
    "CondensedNearestNeighbour",
    "EditedNearestNeighbours",
    "InstanceHardnessThreshold",
    "NearMiss",
    "NeighbourhoodCleaningRule",
    "OneSidedSelection",
    "RandomUnderSampler",
    "RepeatedEditedNearestNeighbours",
    "TomekLinks",
]
