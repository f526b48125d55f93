"""A front database becomes a folder: from CREATE TABLE statements in three habits of writing, or from the database itself, without a row of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from adapters.contract import Found, Misconfigured
from adapters.kinds.frontdb_describe import Column, tables_of
from adapters.onboarding import from_tables
from tests.adapters.onboarding.test_new_folder import PERSON, new, rehearsed

MYSQL = """
-- 人员库
CREATE TABLE IF NOT EXISTS `ry_jbxx` (
  `bh` bigint(20) NOT NULL AUTO_INCREMENT COMMENT '编号',
  `sfzhm` varchar(18) NOT NULL COMMENT '公民身份号码',
  `xm` varchar(60) DEFAULT NULL COMMENT '姓名',
  `csrq` date COMMENT '出生日期',
  `je` decimal(10,2) DEFAULT '0,0' COMMENT '金额（元；含税）',
  PRIMARY KEY (`bh`), KEY `i` (`sfzhm`)
) ENGINE=InnoDB COMMENT='人员基本信息';
"""
ORACLE = """
CREATE TABLE "RK"."RY_JBXX" (BH NUMBER(20) PRIMARY KEY, SFZHM VARCHAR2(18 CHAR) NOT NULL, XM VARCHAR2(60), CSRQ DATE, JE NUMBER(10,2));
COMMENT ON TABLE RK.RY_JBXX IS '人员基本信息';
COMMENT ON COLUMN RK.RY_JBXX.SFZHM IS '公民身份号码';
COMMENT ON COLUMN RK.RY_JBXX.XM IS '姓名';
COMMENT ON COLUMN RK.RY_JBXX.CSRQ IS '出生日期';
COMMENT ON COLUMN RK.RY_JBXX.JE IS '金额，O''K';
"""
BEHIND = """
-- 人员基本信息；每日同步
create table RY_JBXX (
  BH integer primary key, -- 编号
  SFZHM varchar(18) not null, -- 公民身份号码
  XM varchar(60),  -- 姓名
  CSRQ date, -- 出生日期
  JE numeric(10, 2) -- 金额
);
"""


@pytest.mark.parametrize("ddl", [MYSQL, ORACLE, BEHIND], ids=["mysql", "oracle", "remarks behind"])
def test_tables_have_their_columns_types_keys_and_remarks(ddl: str) -> None:
    (table,) = tables_of(ddl)
    assert (table.name.upper(), table.remark[:6], table.key.upper()) == ("RY_JBXX", "人员基本信息", "BH")
    assert [one.name.upper() for one in table.columns] == ["BH", "SFZHM", "XM", "CSRQ", "JE"]
    assert [one.remark[:2] for one in table.columns][1:] == ["公民", "姓名", "出生", "金额"]
    assert table.columns[1].required and table.columns[1].longest == 18 and not table.columns[2].required


@pytest.mark.parametrize("ddl", [MYSQL, ORACLE, BEHIND], ids=["mysql", "oracle", "remarks behind"])
def test_a_file_of_ddl_becomes_a_folder_that_is_asked_by_the_number(ddl: str, tmp_path: Path) -> None:
    (tmp_path / "qzk.sql").write_bytes(ddl.encode("gb18030"))
    folder = new(tmp_path, from_tables.draft(str(tmp_path / "qzk.sql")))
    (played,) = rehearsed(folder)
    assert isinstance(played.outcome, Found) and set(played.outcome.values) == {"id_number", "name", "birth_date"}
    assert played.resource.subject == ("id_number",) and (folder / "qzk.sql").read_text("utf-8") == ddl


def test_a_database_is_read_for_its_names_and_no_row_of_it_is_kept(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'front.sqlite'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE RYB (SFZHM VARCHAR(18) PRIMARY KEY, XINGMING VARCHAR(60))"))
        connection.execute(text(f"INSERT INTO RYB VALUES ('{PERSON}', '秘密')"))
    engine.dispose()
    folder = new(tmp_path, from_tables.draft(url))
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert "秘密".encode() not in written and PERSON.encode() not in written and str(tmp_path).encode() not in written
    assert b"CREATE TABLE" in (folder / "tables.sql").read_bytes() and b'table = "RYB"' in written


def test_a_table_that_nobody_can_be_looked_up_in_is_drafted_and_cannot_be_asked(tmp_path: Path) -> None:
    (tmp_path / "q.sql").write_text("CREATE TABLE FJ (WJM VARCHAR(60), NR BLOB);", "utf-8")
    folder = new(tmp_path, from_tables.draft(str(tmp_path / "q.sql")))
    assert rehearsed(folder) == ()
    assert 'table = "FJ"' in (folder / "department.toml").read_text("utf-8")


def test_a_table_that_is_cut_off_is_refused_with_its_line() -> None:
    with pytest.raises(Misconfigured, match=r"CREATE TABLE ry \(line 3\) is cut off"):
        list(tables_of("CREATE TABLE a (x int);\n\nCREATE TABLE ry (bh int, xm varchar(60)"))
    assert [one.name for one in tables_of("CREATE TABLE a (x int COMMENT 'it\\'s (')")] == ["a"]


def test_what_is_no_ddl_and_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "q.sql").write_text("SELECT 1;", "utf-8")
    with pytest.raises(Misconfigured, match="creates no table"):
        from_tables.draft(str(tmp_path / "q.sql"))
    with pytest.raises(Misconfigured, match="can be read"):
        from_tables.draft("oracle://u:geheim@h/x")
    with pytest.raises(Misconfigured, match="cannot be read") as caught:
        from_tables.draft("postgresql://u:geheim@127.0.0.1:1/x")
    assert "geheim" not in str(caught.value)


def test_a_bracket_or_a_comma_in_a_remark_ends_no_column() -> None:
    (table,) = tables_of(
        "CREATE TABLE T (A INT COMMENT 'x, (y', -- ), z\nB CHAR(2) CHECK (B IN ('1', '2')), CHECK (A > 0));"
    )
    assert [(one.name, one.longest) for one in table.columns] == [("A", None), ("B", 2)]
    assert table.columns[0] == Column("A", "INT", None, False, "x, (y")
