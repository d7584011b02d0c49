"""What a territory file brings, layer by layer, as tables: fields, their usual names, shapes and words for kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum

from gridward.domain.geometry import Family
from gridward.domain.territory import AreaLevel, GridKind, Layer, ServiceKind, UnitKind


class Need(Enum):
    """Whether a layer can do without a field."""

    must = "must"
    may = "may"
    from_shape = "from_shape"


@dataclass(frozen=True, slots=True)
class LayerField:
    """A field of a layer: what it is called here, whether it must be there, what files usually call it."""

    name: str
    need: Need
    usual: tuple[str, ...]


NAME = ("name", "名称", "mc", "fullname", "title")
CODE = ("code", "编码", "代码", "bm", "dm", "adcode", "gridcode", "grid_code", "网格编码", "行政区划代码")

FIELDS: Mapping[Layer, tuple[LayerField, ...]] = {
    Layer.area: (
        LayerField("code", Need.must, CODE),
        LayerField("name", Need.may, NAME),
        LayerField("level", Need.may, ("level", "级别")),
        LayerField("parent", Need.may, ("parent", "parentcode", "parent_code", "上级编码", "上级代码")),
    ),
    Layer.grid: (
        LayerField("code", Need.must, CODE),
        LayerField("name", Need.may, (*NAME, "网格名称")),
        LayerField("kind", Need.may, ("kind", "网格类型")),
        LayerField("community", Need.may, ("community", "communitycode", "community_code", "社区编码")),
    ),
    Layer.street: (
        LayerField("code", Need.from_shape, CODE),
        LayerField("name", Need.may, (*NAME, "路名")),
    ),
    Layer.landmark: (
        LayerField("code", Need.from_shape, CODE),
        LayerField("name", Need.must, NAME),
        LayerField("kind", Need.may, ("kind", "类型", "类别")),
    ),
    Layer.building: (
        LayerField("code", Need.from_shape, CODE),
        LayerField("name", Need.may, (*NAME, "楼栋名称")),
        LayerField("house_no", Need.may, ("house_no", "houseno", "addr:housenumber", "门牌", "门牌号")),
        LayerField("height", Need.may, ("height", "height_m", "高度")),
    ),
    Layer.unit: (
        LayerField("code", Need.must, CODE),
        LayerField("name", Need.must, (*NAME, "单位名称")),
        LayerField("kind", Need.may, ("kind", "单位类型")),
        LayerField("telephone", Need.may, ("telephone", "phone", "tel", "电话", "联系电话")),
        LayerField("area", Need.may, ("area", "areacode", "area_code")),
        LayerField("last_resort", Need.may, ("last_resort", "兜底")),
    ),
    Layer.service_area: (
        LayerField("code", Need.must, CODE),
        LayerField("name", Need.may, NAME),
        LayerField("unit", Need.must, ("unit", "unitcode", "unit_code", "单位编码", "责任单位")),
        LayerField("kind", Need.may, ("kind", "范围类型")),
    ),
}

FAMILY: Mapping[Layer, Family | None] = {
    Layer.area: Family.polygon,
    Layer.grid: Family.polygon,
    Layer.street: Family.line,
    Layer.landmark: Family.point,
    Layer.building: Family.polygon,
    Layer.unit: None,
    Layer.service_area: Family.polygon,
}
WITHOUT_GEOMETRY = frozenset({Layer.area, Layer.unit})

LEVEL_WORDS = {
    "省": AreaLevel.city,
    "市": AreaLevel.city,
    "区": AreaLevel.district,
    "县": AreaLevel.district,
    "街道": AreaLevel.street,
    "镇": AreaLevel.street,
    "乡": AreaLevel.street,
    "社区": AreaLevel.community,
    "村": AreaLevel.community,
}
GRID_WORDS = {
    "单元网格": GridKind.cell,
    "基础网格": GridKind.basic,
    "综合网格": GridKind.basic,
    "专属网格": GridKind.dedicated,
    "微网格": GridKind.micro,
}
UNIT_WORDS = {
    "作业单位": UnitKind.work,
    "环卫公司": UnitKind.work,
    "物业企业": UnitKind.estate,
    "物业": UnitKind.estate,
    "专业部门": UnitKind.department,
    "权属单位": UnitKind.owner,
    "街道": UnitKind.street,
    "社区": UnitKind.community,
    "志愿队": UnitKind.volunteers,
}
SERVICE_WORDS = {
    "作业范围": ServiceKind.work,
    "物业管理区域": ServiceKind.estate,
}
KINDS: Mapping[Layer, tuple[type[StrEnum], Mapping[str, StrEnum]]] = {
    Layer.area: (AreaLevel, LEVEL_WORDS),
    Layer.grid: (GridKind, GRID_WORDS),
    Layer.unit: (UnitKind, UNIT_WORDS),
    Layer.service_area: (ServiceKind, SERVICE_WORDS),
}
