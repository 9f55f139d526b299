"""The analysis of Xu 2020 (doi 10.1038/s41598-020-75742-x) on one's own patients.

Table of patients -> groups and exclusions -> comparisons -> text, page, CSV, JSON.
Every statistic is scipy's or statsmodels's; docs/cohort.md says which, and why.
"""
