#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds audit logs against rules/schema/audit-event.json.

usage: tests/schema.py [DIR|FILE...]    without one it tests itself and the schema

The part of JSON Schema (2020-12) that the schema uses, and nothing else: an unknown word in it is an error. Where
python3-jsonschema is installed, a log is held against the schema with it, too.
"""
import glob
import json
import os
import re
import sys

SCHEMA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "rules/schema/audit-event.json")
WORDS = {"$schema", "$defs", "$ref", "title", "description", "type", "properties", "required", "additionalProperties", "items",
         "enum", "const", "pattern", "minimum", "minLength", "oneOf"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}


def load():
    with open(SCHEMA, encoding="utf-8") as file:
        return json.load(file)


class Checker:
    def __init__(self, schema=None):
        self.schema = schema or load()

    def resolve(self, schema):
        while "$ref" in schema:
            schema = self.schema["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        return schema

    def event(self, event):
        """What is wrong with an event, a text each."""
        name = event.get("event") if isinstance(event, dict) else None
        if {"$ref": "#/$defs/%s" % name} not in self.schema["oneOf"]:
            return ["no event '%s' in the schema" % name]
        return list(self.value(self.schema["$defs"][name], event, name))

    def value(self, schema, value, place):
        schema = self.resolve(schema)
        kind = TYPES.get(schema.get("type"))
        if kind is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            yield "%s: not of type %s: %r" % (place, schema["type"], value)
            return
        if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
            yield "%s: not allowed: %r" % (place, value)
        if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
            yield "%s: does not fit %s: %r" % (place, schema["pattern"], value)
        if isinstance(value, str) and len(value) < schema.get("minLength", 0):
            yield "%s: empty" % place
        if kind is int and value < schema.get("minimum", value):
            yield "%s: too small: %r" % (place, value)
        if isinstance(value, list):
            for i, item in enumerate(value):
                yield from self.value(schema.get("items", {}), item, "%s[%d]" % (place, i))
        if isinstance(value, dict):
            yield from self.members(schema, value, place)

    def members(self, schema, value, place):
        known = schema.get("properties", {})
        for name in schema.get("required", ()):
            if name not in value:
                yield "%s: '%s' is missing" % (place, name)
        for name, member in value.items():
            if name in known:
                yield from self.value(known[name], member, "%s.%s" % (place, name))
            else:
                yield "%s: unknown member '%s'" % (place, name)


def lines(paths):
    for path in paths:
        files = sorted(glob.glob(os.path.join(path, "audit-*.jsonl"))) if os.path.isdir(path) else [path]
        for name in files:
            with open(name, "rb") as file:
                for number, line in enumerate(file, 1):
                    yield "%s:%d" % (name, number), line


def check(paths):
    """(events, what is wrong with them). A last line that a crash tore is none."""
    checker, problems, count = Checker(), [], 0
    for place, line in lines(paths):
        if not line.endswith(b"\n"):
            continue
        count += 1
        problems += ["%s: %s" % (place, text) for text in checker.event(json.loads(line))]
    return count, problems


def check_log(directory):
    """For tests with a log of their own: what posternd wrote has to fit, what they wrote by hand begins otherwise."""
    checker = Checker()
    for place, line in lines([directory] if os.path.isdir(directory) else []):
        if line.startswith(b'{"seq":') and line.endswith(b"\n"):
            problems = checker.event(json.loads(line))
            assert not problems, "%s: %s" % (place, problems[0])


def check_again(paths):
    """The same with a validator that others wrote."""
    try:
        import jsonschema
    except ImportError:
        return []
    validator = jsonschema.Draft202012Validator(load())
    return ["%s: %s" % (place, error.message[:500]) for place, line in lines(paths) if line.endswith(b"\n")
            for error in validator.iter_errors(json.loads(line))]


def schemas(schema, place="#"):
    """Each schema in a schema, with its place."""
    yield place, schema
    for group in ("$defs", "properties"):
        for name, inner in schema.get(group, {}).items():
            yield from schemas(inner, "%s/%s/%s" % (place, group, name))
    if "items" in schema:
        yield from schemas(schema["items"], place + "/items")


def self_test():
    schema = load()
    for place, inner in schemas(schema):
        unknown = set(inner) - WORDS
        assert not unknown, (place, unknown)
        if inner.get("type") == "object" or "properties" in inner:
            assert inner.get("additionalProperties") is False, "%s: further members are not refused" % place
            assert set(inner.get("required", ())) <= set(inner["properties"]), place
        assert inner.get("type", "object") in TYPES, place
        if "$ref" in inner:
            assert inner["$ref"].removeprefix("#/$defs/") in schema["$defs"], place
    good = {"seq": 1, "time": "2026-11-22T04:35:33Z", "id": "X", "event": "recovered", "file": "a", "bytes": 1, "prev": "",
            "hash": "0" * 64}
    checker = Checker()
    assert not checker.event(good), checker.event(good)
    for name, value in (("seq", 0), ("seq", True), ("seq", "1"), ("time", "2026-11-22"), ("id", ""), ("event", "hash"),
                        ("event", "recover"), ("bytes", -1), ("prev", "0"), ("hash", ""), ("more", 1)):
        assert checker.event(dict(good, **{name: value})), (name, value)
    for name in good:
        assert checker.event({key: value for key, value in good.items() if key != name}), name
    assert checker.event([]) and checker.event({}) and checker.event({"event": ["x"]} | good | {"event": []})
    print("the schema is sound: %d events" % len(schema["oneOf"]))


def main(paths):
    if not paths:
        self_test()
        return 0
    count, problems = check(paths)
    problems += check_again(paths)
    for problem in problems[:20]:
        print(problem)
    print("%d events, %d do not fit %s" % (count, len(problems), os.path.relpath(SCHEMA)))
    return 1 if problems or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
