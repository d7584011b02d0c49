"""The territory in words: levels, kinds, and which grid a point belongs to.

Pure: what lies where is asked of the database, what follows from it is decided here.
"""

from __future__ import annotations

from enum import StrEnum


class AreaLevel(StrEnum):
    """区划 from large to small. The hierarchy is ``parent_code``; the level only names the rung."""

    city = "city"
    district = "district"
    street = "street"
    community = "community"


class GridKind(StrEnum):
    """单元网格 · 基础网格（综合网格） · 专属网格 · 微网格."""

    cell = "cell"
    basic = "basic"
    dedicated = "dedicated"
    micro = "micro"


class UnitKind(StrEnum):
    """作业单位 · 物业企业 · 专业部门 · 权属单位 · 街道 · 社区 · 志愿队. A property firm is never a contractor."""

    work = "work"
    estate = "estate"
    department = "department"
    owner = "owner"
    street = "street"
    community = "community"
    volunteers = "volunteers"


class ServiceKind(StrEnum):
    """作业范围 of a working unit, 物业管理区域 of a property firm."""

    work = "work"
    estate = "estate"
