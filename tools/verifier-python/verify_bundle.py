#!/usr/bin/env python3
"""Verifies an evidence bundle of version 2. Written from docs/reference/evidence-format.md and evidence-bundle.md alone,
with Python's standard library: proof that the two documents are enough. Slow on purpose of being read; not a product.

    verify_bundle.py BUNDLE --key VKEY [--witness VKEY --witnesses-needed N] [--checkpoint FILE]

Prints one JSON object; exit code 0 green, 1 red. The first thing that is wrong ends it.
"""
import argparse
import base64
import hashlib
import json
import math
import re
import sys
import zlib

MAGIC = b"SBUNDLE\x02"
PARTS = ("actor", "subject", "policy", "place", "input", "output")
CLASSES = {"standard": 1, "short": 2, "long": 3}
FIELDS = (("id", 16), ("trace", 16), ("parent", 16), ("at", 8), ("phase", 1), ("decision", 1), ("sandbox", 1),
          ("retention", 1), ("calls", 4), ("rows", 4), ("bytesIn", 8), ("bytesOut", 8), ("wall", 8), ("cpu", 8), ("cost", 8))
MOST = 2 ** 53 - 1


class Red(Exception):
    pass


def need(condition, rule, where):
    if not condition:
        raise Red(f"{rule}: {where}")


def sha(data):
    return hashlib.sha256(data).digest()


# --- section 2 of the format: canonical JSON

def jcs(value):
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(json.dumps(n, ensure_ascii=False) + ":" + jcs(value[n]) for n in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(jcs, value)) + "]"
    if isinstance(value, float):
        return number(value)
    return json.dumps(value, ensure_ascii=False)


def number(value):
    """As ECMAScript writes a double."""
    need(math.isfinite(value), "json_not_canonical", "number")
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    text = repr(value)
    match = re.fullmatch(r"(-?)(\d)(?:\.(\d+))?e([+-])0*(\d+)", text)
    if match is None:
        return text
    sign, first, rest, direction, exponent = match.groups()
    power = int(exponent) if direction == "+" else -int(exponent)
    if -7 < power < 0:
        return sign + "0." + "0" * (-power - 1) + first + (rest or "")
    return f"{sign}{first}{'.' + rest if rest else ''}e{direction}{int(exponent)}"


def parse(data, where):
    def pairs(members):
        names = [name for name, _ in members]
        need(len(set(names)) == len(names), "json_duplicate_key", where)
        return dict(members)
    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=lambda _: need(False, "json_invalid", where))
        need(jcs(value).encode("utf-8") == data, "json_not_canonical", where)
    except (UnicodeError, ValueError, RecursionError):
        raise Red(f"json_invalid: {where}")
    need(isinstance(value, dict), "json_shape", where)
    return value


def b64(text, length, where):
    need(isinstance(text, str), "base64", where)
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Red(f"base64: {where}")
    need(base64.b64encode(data).decode() == text and (length is None or len(data) == length), "base64", where)
    return data


def exactly(value, names, where):
    need(isinstance(value, dict) and set(value) == set(names), "shape", where)
    return value


def count(value, where, least=0):
    need(type(value) is int and least <= value <= MOST, "number", where)
    return value


# --- Ed25519 (RFC 8032), verification only

P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(a, b):
    A = (a[1] - a[0]) * (b[1] - b[0]) % P
    B = (a[1] + a[0]) * (b[1] + b[0]) % P
    C = 2 * a[3] * b[3] * D % P
    E, F, G, H = B - A, 2 * a[2] * b[2] - C, 2 * a[2] * b[2] + C, B + A
    return (E * F % P, G * H % P, F * G % P, E * H % P)


def times(s, point):
    result = (0, 1, 1, 0)
    while s > 0:
        if s & 1:
            result = add(result, point)
        point = add(point, point)
        s >>= 1
    return result


def same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2 ** 255 - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else (0, y, 1, 0)
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P != 0:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - x2) % P != 0:
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(public, message, signature):
    A, R, s = point(public), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if A is None or R is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    return same(times(s, BASE), add(R, times(h, A)))


# --- sections 1 and 2: keys, checkpoints, rotations

def vkey(text, kind):
    name, _, rest = text.partition("+")
    hashed, _, encoded = rest.partition("+")
    typed = b64(encoded, 33, "key")
    need(name and not re.search(r"\s", name) and typed[0] == kind, "log_key_form", text)
    need(sha(name.encode() + b"\n" + typed)[:4].hex() == hashed, "log_key_form", text)
    return {"name": name, "hash": typed and sha(name.encode() + b"\n" + typed)[:4], "public": typed[1:], "text": text}


def signature_line(line, where):
    match = re.fullmatch("\u2014 ([^\\s+]+) (\\S+)", line)
    need(match, "checkpoint_form", where)
    data = b64(match.group(2), None, where)
    need(len(data) >= 4, "checkpoint_form", where)
    return match.group(1), data[:4], data[4:]


def checkpoint(note, keys, where):
    need(isinstance(note, str) and note.endswith("\n") and "\n\n" in note, "checkpoint_form", where)
    text, _, lines = note.partition("\n\n")
    text += "\n"
    head = text.split("\n")
    need(len(head) == 4 and re.fullmatch(r"[1-9]\d*", head[1]) and int(head[1]) <= MOST, "checkpoint_form", where)
    origin, size, root = head[0], int(head[1]), b64(head[2], 32, where)
    signatures = [signature_line(line, where) for line in lines[:-1].split("\n")]
    need(1 <= len(signatures) <= 17, "checkpoint_form", where)
    need(len({(name, key) for name, key, _ in signatures}) == len(signatures), "checkpoint_duplicate", where)
    name, key_hash, signature = signatures[0]
    need(origin == name or origin.startswith(name + "/"), "checkpoint_origin", where)
    for key in keys:
        if key["name"] == name and key["hash"] == key_hash:
            need(signed(key["public"], text.encode(), signature), "checkpoint_signature", where)
            if "retired" in key:
                need(size <= key["retired"].get(origin, 0), "checkpoint_key_retired", where)
            break
    else:
        raise Red(f"checkpoint_key: {where}")
    return {"origin": origin, "size": size, "root": root, "text": text, "cosignatures": signatures[1:]}


def rotate(notes, keys):
    keys = [dict(key) for key in keys]
    for place, note in enumerate(notes):
        where = f"rotation {place}"
        need(isinstance(note, str) and "\n\n" in note and note.endswith("\n"), "rotation_form", where)
        text, _, lines = note.partition("\n\n")
        text += "\n"
        head = text[:-1].split("\n")
        need(len(head) >= 4 and head[0] == "switchboard/key-rotation/v1" and re.fullmatch(r"0|[1-9]\d*", head[3]), "rotation_form", where)
        old, new = vkey(head[1], 1), vkey(head[2], 1)
        need(old["name"] == new["name"], "rotation_form", where)
        by = [signature_line(line, where) for line in lines[:-1].split("\n")]
        need(len(by) == 2, "rotation_form", where)
        for key, (name, key_hash, signature) in zip((old, new), by):
            need(name == key["name"] and key_hash == key["hash"], "rotation_form", where)
            need(signed(key["public"], text.encode(), signature), "rotation_signature", where)
        sizes = {}
        for line in head[4:]:
            origin, size, root = line.split(" ")
            b64(root, 32, where)
            sizes[origin] = int(size)
        need(list(sizes) == sorted(sizes, key=lambda o: o.encode()), "rotation_form", where)
        known = [key for key in keys if key["text"] == old["text"]]
        for key in known:
            key["retired"] = sizes
        if known and all(key["text"] != new["text"] for key in keys):
            keys.append(new)
    return keys


# --- sections 5, 6 and 8 of the format: tree and proofs

def node(left, right):
    return sha(b"\x01" + left + right)


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def multiproof(size, leaves, subtrees, proof, where):
    indices = sorted(leaves)
    need(indices and indices[-1] < size, "proof_index", where)
    starts = {(start, end): root for start, end, root in subtrees}
    rest = iter(proof)
    import bisect
    begins = sorted(start for start, _ in starts)

    def visit(start, end):
        if (start, end) in starts:
            lo, hi = bisect.bisect_left(indices, start), bisect.bisect_left(indices, end)
            need(lo == hi, "subtree_known", where)
            return starts[(start, end)]
        known = bisect.bisect_left(indices, end) > bisect.bisect_left(indices, start)
        known = known or bisect.bisect_left(begins, end) > bisect.bisect_left(begins, start)
        if not known:
            try:
                return next(rest)
            except StopIteration:
                raise Red(f"proof_length: {where}")
        if end - start == 1:
            return leaves[start]
        middle = start + split(end - start)
        return node(visit(start, middle), visit(middle, end))

    root = visit(0, size)
    need(next(rest, None) is None, "proof_length", where)
    return root


def consistent(size1, root1, size2, root2, proof):
    """RFC 9162, section 2.1.4.2."""
    if size1 < 1 or size1 > size2:
        return False
    if size1 == size2:
        return not proof and root1 == root2
    path = ([root1] if size1 & (size1 - 1) == 0 else []) + list(proof)
    if not path:
        return False
    fn, sn = size1 - 1, size2 - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while fn & 1 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == root1 and sr == root2


# --- section 3: the file

def sections_of(data):
    need(len(data) <= 2 ** 30 and len(data) > 20, "file_too_large", "file")
    need(data[:8] == MAGIC and data[-8:] == MAGIC, "file_magic", "file")
    length = int.from_bytes(data[-12:-8], "big")
    start = len(data) - 12 - length
    need(start >= 8, "file_layout", "layout")
    layout = exactly(parse(data[start:-12], "layout"), ["sections"], "layout")["sections"]
    at, total, found = 8, 0, []
    need(isinstance(layout, list), "file_layout", "layout")
    for entry in layout:
        exactly(entry, ["bytes", "encoding", "name", "raw", "sha256"], "layout")
        size, raw, name = count(entry["bytes"], "layout"), count(entry["raw"], "layout"), entry["name"]
        stored = data[at:at + size]
        need(len(stored) == size and at + size <= start, "file_layout", name)
        need(hashlib.sha256(stored).hexdigest() == entry["sha256"], "file_digest", name)
        total += raw
        need(total <= 2 ** 32, "file_too_large", name)
        if entry["encoding"] == "deflate":
            inflate = zlib.decompressobj(-15)
            try:
                content = inflate.decompress(stored, raw + 1)
            except zlib.error:
                raise Red(f"file_deflate: {name}")
            need(inflate.eof and not inflate.unused_data and len(content) == raw, "file_deflate", name)
        else:
            need(entry["encoding"] == "stored" and raw == size, "file_layout", name)
            content = stored
        found.append((name, content))
        at += size
    need(at == start, "file_layout", "layout")
    return found


class Sections:
    def __init__(self, found):
        self.found, self.at = found, 0

    def take(self, name):
        need(self.at < len(self.found) and self.found[self.at][0] == name, "file_section", name)
        self.at += 1
        return self.found[self.at - 1][1]

    def next_is(self, name):
        return self.at < len(self.found) and self.found[self.at][0] == name


class Varints:
    def __init__(self, data, where):
        self.data, self.at, self.where = data, 0, where

    def next(self):
        value = shift = 0
        while True:
            need(self.at < len(self.data) and shift < 56, "group_varint", self.where)
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                need((byte != 0 or shift == 0) and value <= MOST, "group_varint", self.where)
                return value
            shift += 7

    def end(self):
        need(self.at == len(self.data), "group_column", self.where)


# --- sections 3 and 4 of the format: entries and parts

def commitment(number, salt, value):
    return sha(b"switchboard/part/v1\x00" + bytes([number]) + salt + value)


def is_uuid7(data):
    return data[6] >> 4 == 7 and data[8] >> 6 == 2


def read_entry(entry, retention, where):
    need(len(entry) == 304 and entry[:4] == b"SBR\x01", "entry_magic", where)
    values, at = {}, 4
    for name, size in FIELDS:
        raw = entry[at:at + size]
        values[name] = raw if size == 16 else int.from_bytes(raw, "big")
        if size == 8:
            need(values[name] <= MOST, "entry_number", where)
        at += size
    need(is_uuid7(values["id"]), "entry_id", where)
    need(any(values["trace"]), "entry_trace", where)
    values["parent"] = values["parent"] if any(values["parent"]) else None
    need(values["parent"] is None or (is_uuid7(values["parent"]) and values["parent"] != values["id"]), "entry_parent", where)
    need(values["at"] <= 253402300799999, "entry_at", where)
    need(1 <= values["phase"] <= 3 and 1 <= values["decision"] <= 5 and values["sandbox"] <= 3, "entry_phase", where)
    need(values["retention"] == retention, "entry_class", where)
    phase, decision = values["phase"], values["decision"]
    need(not (phase == 2 and decision != 1) and not (decision == 5 and phase != 3) and not (decision == 3 and phase != 1), "entry_decision", where)
    need(phase != 3 or values["parent"] is not None, "entry_parent", where)
    return values


def texts(value, *names):
    return all(isinstance(value.get(name), str) for name in names)


def check_part(name, value, entry, where):
    phase, decision = entry["phase"], entry["decision"]
    optional = {"subject": ("package", "version", "digest", "case", "run", "target"), "place": ("tlp", "pap"), "actor": ("session", "token")}
    for member in optional.get(name, ()):
        need(member not in value or isinstance(value[member], str), "part_shape", where)
    if name == "actor":
        ok = texts(value, "organisation", "user") and all(isinstance(r, str) for r in value.get("roles", [None]))
        ok = ok and ("via" not in value or texts(value["via"], "package", "version", "digest", "run"))
    elif name == "subject":
        ok = texts(value, "operation")
    elif name == "policy":
        ok = value.get("effect") in ("permit", "forbid") and texts(value, "digest", "engine") and isinstance(value.get("rules"), list)
        ok = ok and not (decision == 1 and value["effect"] != "permit")
        for approval in value.get("approvals", []):
            ok = ok and texts(approval, "task") and isinstance(approval.get("by"), list) and all(isinstance(p, str) for p in approval["by"])
    elif name == "place":
        ok = texts(value, "region")
    elif name == "input":
        ok = is_digest(value)
    elif phase == 2:
        ok = value == {"pending": True}
    elif decision == 1:
        ok = set(value) == {"sha256", "bytes"} and is_digest(value)
    elif decision in (2, 3):
        denial = value.get("denial")
        ok = set(value) == {"denial"} and isinstance(denial, dict) and texts(denial, "code", "category", "message", "change") and isinstance(denial.get("params"), dict)
    else:
        ok = set(value) == {"fault"} and texts(value["fault"], "code", "message")
    need(ok, "part_shape", where)


def is_digest(value):
    return isinstance(value.get("sha256"), str) and re.fullmatch("[0-9a-f]{64}", value["sha256"]) and type(value.get("bytes")) is int


# --- section 5: groups

def read_group(sections, g, logs, last):
    def take(name):
        return sections.take(f"group/{g}/{name}")
    where = f"group {g}"
    head = exactly(parse(take("head"), where), ["count", "form", "log"], where)
    n, form, log = count(head["count"], where, 1), head["form"], count(head["log"], where)
    need(n <= 65536 and form in ("full", "folded") and log < len(logs) and log >= last[0], "group_head", where)
    varints = Varints(take("index"), f"{where} index")
    indices, previous = [], None
    for _ in range(n):
        step = varints.next()
        need(previous is None or step >= 1, "group_varint", where)
        previous = step if previous is None else previous + step
        indices.append(previous)
    varints.end()
    need(log > last[0] or indices[0] > last[1], "group_order", where)
    fixed = take("fixed")
    need(len(fixed) == 108 * n, "group_column", f"{where} fixed")
    rows, at = [bytearray(b"SBR\x01") for _ in range(n)], 0
    for _, size in FIELDS:
        for i in range(n):
            rows[i] += fixed[at:at + size]
            at += size
    if form == "folded":
        leaves = take("leaf")
        need(len(leaves) == 32 * n, "group_column", f"{where} leaf")
        return log, [{"index": i, "log": log, "folded": True, "row": bytes(r), "leaf": leaves[32 * k:32 * k + 32], "parts": {}} for k, (i, r) in enumerate(zip(indices, rows))]
    check = take("check")
    need(len(check) == 4 * n, "group_column", f"{where} check")
    parts = [{} for _ in range(n)]
    for number, name in enumerate(PARTS, 1):
        inside = f"{where} {name}"
        bits = take(f"{name}/opened")
        need(len(bits) == (n + 7) // 8, "group_column", inside)
        opened = [bits[i >> 3] >> (i & 7) & 1 for i in range(n)]
        need(all(bits[i >> 3] >> (i & 7) & 1 == 0 for i in range(n, 8 * len(bits))), "group_column", inside)
        salts, table = take(f"{name}/salt"), Varints(take(f"{name}/values"), inside)
        values = []
        while table.at < len(table.data):
            size = table.next()
            text = table.data[table.at:table.at + size]
            need(len(text) == size, "group_column", inside)
            table.at += size
            values.append((text, parse(text, inside)))
        need(len({text for text, _ in values}) == len(values), "group_value", inside)
        places, closed = Varints(take(f"{name}/value"), inside), take(f"{name}/commitment")
        need(len(salts) == 32 * sum(opened) and len(closed) == 32 * (n - sum(opened)), "group_column", inside)
        used = shown = hidden = 0
        for i in range(n):
            if opened[i]:
                place = places.next()
                need(place <= used and place < len(values), "group_value", inside)
                used = max(used, place + 1)
                text, value = values[place]
                rows[i] += commitment(number, salts[32 * shown:32 * shown + 32], text)
                parts[i][name] = value
                shown += 1
            else:
                rows[i] += closed[32 * hidden:32 * hidden + 32]
                hidden += 1
        places.end()
        need(used == len(values), "group_value", inside)
    receipts = []
    for i in range(n):
        leaf = sha(b"\x00" + bytes(rows[i]))
        need(leaf[:4] == check[4 * i:4 * i + 4], "entry_check", f"receipt {indices[i]} of {where}")
        receipts.append({"index": indices[i], "log": log, "folded": False, "row": bytes(rows[i]), "leaf": leaf, "parts": parts[i]})
    return log, receipts


def verify(data, keys, witnesses=(), needed=0, saved=None):
    sections = Sections(sections_of(data))
    raw_manifest = sections.take("manifest")
    manifest = read_manifest(raw_manifest)
    logs, receipts, g, last = manifest["logs"], [], 0, (0, -1)
    while sections.next_is(f"group/{g}/head"):
        log, group = read_group(sections, g, logs, last)
        receipts += group
        last = (log, group[-1]["index"])
        g += 1
    for receipt in receipts:
        where = f"receipt {receipt['index']} of {logs[receipt['log']]['origin']}"
        row = receipt["row"] if not receipt["folded"] else receipt["row"] + bytes(192)
        receipt["entry"] = read_entry(row, CLASSES[logs[receipt["log"]]["class"]], where)
        for name, value in receipt["parts"].items():
            check_part(name, value, receipt["entry"], where)
    documents, withheld = {}, []
    for place, listed in enumerate(manifest["documents"]):
        if not sections.next_is(f"document/{place}"):
            withheld.append(listed["name"])
            continue
        content = sections.take(f"document/{place}")
        need(len(content) == listed["bytes"] and hashlib.sha256(content).hexdigest() == listed["sha256"], "document_sha256", listed["name"])
        documents[listed["name"]] = content
    export = read_export(sections.take("export"), logs)
    trailer = exactly(parse(sections.take("trailer"), "trailer"), ["logs", "rotations"], "trailer")
    need(sections.at == len(sections.found), "file_section", "after the trailer")

    check_relations(receipts + [export])
    check_totals(manifest, receipts)
    output = export["parts"].get("output")
    need(output == {"bytes": len(raw_manifest), "sha256": hashlib.sha256(raw_manifest).hexdigest()}, "export_manifest", "manifest")
    prunes, folds = read_statements(documents, receipts, logs)
    check_folds(receipts, folds, logs)
    need(len(trailer["logs"]) == len(logs), "trailer", "logs")
    keys = rotate(trailer["rotations"], keys)
    report = []
    for place, (log, proof) in enumerate(zip(logs, trailer["logs"])):
        report.append(check_log(place, log, exactly(proof, ["checkpoint", "history", "proof"], "trailer"), receipts, export, prunes, keys, manifest, witnesses, needed, saved))
    check_approvals(receipts)
    return {"ok": True, "receipts": len(receipts), "logs": report, "withheld": withheld,
            "redacted": sum(6 - len(r["parts"]) for r in receipts if not r["folded"])}


def read_manifest(raw):
    manifest = exactly(parse(raw, "manifest"), ["bundle", "createdAt", "documents", "kind", "logs", "scope"], "manifest")
    bundle = exactly(manifest["bundle"], ["adapters", "attestations", "marketplace", "perf_cost", "sbom", "version"], "manifest")
    need(bundle["version"] == 2, "manifest_version", "manifest")
    count(manifest["createdAt"], "manifest createdAt")
    scope, kind = manifest["scope"], manifest["kind"]
    if kind == "period":
        need(count(scope.get("fromAt"), "scope") < count(scope.get("toAt"), "scope"), "manifest_scope", "manifest")
    else:
        need(kind in ("case", "release") and isinstance(scope.get(kind), str), "manifest_scope", "manifest")
    for document in manifest["documents"]:
        exactly(document, ["bytes", "name", "sha256"], "documents")
        name = document["name"]
        need(isinstance(name, str) and 1 <= len(name) <= 512 and not re.search(r"[\x00-\x1f\x7f]", name), "document_name", "manifest")
    names = [document["name"] for document in manifest["documents"]]
    need(len(set(names)) == len(names), "document_name", "manifest")
    digests = {document["sha256"] for document in manifest["documents"]}
    for listed in bundle["sbom"] + bundle["attestations"]:
        exactly(listed, ["package", "sha256"], "manifest")
        need(listed["sha256"] in digests, "manifest_document_missing", "manifest")
    need(manifest["logs"], "manifest_log", "manifest")
    order = []
    for log in manifest["logs"]:
        exactly(log, ["class", "complete", "count", "origin", "sha256"], "manifest logs")
        need(log["class"] in CLASSES, "manifest_log", "class")
        order.append(CLASSES[log["class"]])
        end = -1
        for claimed in log["complete"]:
            exactly(claimed, ["from", "to"], "complete")
            need(end < count(claimed["from"], "complete") < count(claimed["to"], "complete"), "complete_form", log["origin"])
            end = claimed["to"]
    need(order == sorted(order) and len({log["origin"] for log in manifest["logs"]}) == len(order), "manifest_log", "order")
    return manifest


def read_export(raw, logs):
    value = exactly(parse(raw, "export"), ["check", "entry", "index", "log", "parts"], "export")
    log, entry = count(value["log"], "export"), b64(value["entry"], 304, "export")
    need(log < len(logs), "export_shape", "export")
    leaf = sha(b"\x00" + entry)
    need(value["check"] == leaf[:4].hex(), "entry_check", "export")
    fields = read_entry(entry, CLASSES[logs[log]["class"]], "export")
    parts = {}
    for name, part in value["parts"].items():
        need(name in PARTS, "part_unknown", "export")
        exactly(part, ["salt", "value"], "export")
        number = PARTS.index(name)
        made = commitment(number + 1, b64(part["salt"], 32, "export"), jcs(part["value"]).encode())
        need(made == entry[112 + 32 * number:144 + 32 * number], "part_commitment", f"export {name}")
        check_part(name, part["value"], fields, "export")
        parts[name] = part["value"]
    need("subject" in parts and "output" in parts and parts["subject"]["operation"] == "evidence.export", "export_operation", "export")
    need(fields["phase"] in (1, 3) and fields["decision"] == 1, "export_decision", "export")
    return {"index": count(value["index"], "export"), "log": log, "leaf": leaf, "entry": fields, "parts": parts, "folded": False}


def check_relations(receipts):
    by_id = {}
    for receipt in receipts:
        need(receipt["entry"]["id"] not in by_id, "id_duplicate", f"receipt {receipt['index']}")
        by_id[receipt["entry"]["id"]] = receipt
    outcomes = set()
    for receipt in receipts:
        entry, where = receipt["entry"], f"receipt {receipt['index']}"
        parent = by_id.get(entry["parent"])
        if parent is None:
            continue
        need(parent["entry"]["phase"] == 2, "parent_kind", where)
        need(parent["entry"]["trace"] == entry["trace"], "parent_trace", where)
        need(parent["log"] != receipt["log"] or parent["index"] < receipt["index"], "parent_order", where)
        if entry["phase"] == 3:
            need(entry["parent"] not in outcomes, "outcome_duplicate", where)
            outcomes.add(entry["parent"])


def check_totals(manifest, receipts):
    for place, log in enumerate(manifest["logs"]):
        leaves = [r["leaf"] for r in receipts if r["log"] == place]
        need(log["count"] == len(leaves), "manifest_count", log["origin"])
        need(log["sha256"] == hashlib.sha256(b"".join(leaves)).hexdigest(), "manifest_receipts", log["origin"])
    scope = manifest["scope"]
    counted = [r for r in receipts if r["entry"]["phase"] != 2]
    if manifest["kind"] == "period":
        counted = [r for r in counted if scope["fromAt"] <= r["entry"]["at"] < scope["toAt"]]
    stated = manifest["bundle"]["perf_cost"]
    sums = {"costMicros": "cost", "wallMicros": "wall", "cpuMicros": "cpu", "bytesIn": "bytesIn", "bytesOut": "bytesOut"}
    for name, field in sums.items():
        need(stated[name] == str(sum(r["entry"][field] for r in counted)), "manifest_perf_cost", name)
    for name in ("calls", "rows"):
        need(stated[name] == sum(r["entry"][name] for r in counted), "manifest_perf_cost", name)
    outcomes = [r for r in counted if r["entry"]["phase"] == 3]
    least = sum(r["parts"].get("subject", {}).get("operation") == "plugin.run" for r in outcomes)
    unknown = sum("subject" not in r["parts"] for r in outcomes)
    need(least <= stated["runs"] <= least + unknown, "manifest_perf_cost", "runs")
    known = {(p["name"], p["version"], p["digest"]) for p in manifest["bundle"]["marketplace"]}
    for receipt in receipts:
        if receipt["entry"]["decision"] != 1:
            continue
        for value in (receipt["parts"].get("subject"), (receipt["parts"].get("actor") or {}).get("via")):
            if value and texts(value, "package", "version", "digest"):
                need((value["package"], value["version"], value["digest"]) in known, "manifest_package_missing", f"receipt {receipt['index']}")


def read_statements(documents, receipts, logs):
    outputs = {}
    for receipt in receipts:
        subject, output = receipt["parts"].get("subject"), receipt["parts"].get("output")
        if subject and output and receipt["entry"]["decision"] == 1 and receipt["entry"]["phase"] in (1, 3):
            outputs[(subject["operation"], output["sha256"], output["bytes"])] = receipt
    places = {log["origin"]: place for place, log in enumerate(logs)}
    prunes, folds = [], []
    for name, content in documents.items():
        if not name.startswith("statement/"):
            continue
        statement = exactly(parse(content, name), ["class", "held", "kind", "log", "policy", "ranges"], name)
        kind = statement["kind"]
        need(kind in ("prune", "fold"), "statement_form", name)
        need((f"evidence.{kind}", hashlib.sha256(content).hexdigest(), len(content)) in outputs, "statement_receipt", name)
        need(re.fullmatch("[0-9a-f]{64}", statement["policy"]), "statement_form", name)
        for held in statement["held"]:
            exactly(held, ["hold", "receipts"], name)
        end = 0
        for claimed in statement["ranges"]:
            members = ["from", "newestAt", "oldestAt", "to"] + (["subtrees"] if kind == "prune" else ["fixed"])
            exactly(claimed, members, name)
            need(end <= claimed["from"] < claimed["to"], "statement_form", name)
            end = claimed["to"]
            if kind == "prune":
                at = claimed["from"]
                for subtree in claimed["subtrees"]:
                    exactly(subtree, ["from", "root", "to"], name)
                    length = subtree["to"] - subtree["from"]
                    need(subtree["from"] == at and length > 0 and length & (length - 1) == 0 and at % length == 0, "statement_form", name)
                    at = subtree["to"]
                    subtree["hash"] = b64(subtree["root"], 32, name)
                need(at == claimed["to"], "statement_form", name)
        if statement["log"] in places:
            (prunes if kind == "prune" else folds).append((places[statement["log"]], statement))
    for statements in (prunes, folds):
        for place in range(len(logs)):
            ranges = sorted((r["from"], r["to"]) for log, s in statements if log == place for r in s["ranges"])
            need(all(a[1] <= b[0] for a, b in zip(ranges, ranges[1:])), "statement_overlap", logs[place]["origin"])
    return prunes, folds


def check_folds(receipts, folds, logs):
    for place, log in enumerate(logs):
        folded = {r["index"]: r for r in receipts if r["folded"] and r["log"] == place}
        for owner, statement in folds:
            if owner != place:
                continue
            for claimed in statement["ranges"]:
                inside = [folded.pop(i) for i in range(claimed["from"], claimed["to"]) if i in folded]
                if not inside:
                    continue
                need(len(inside) == claimed["to"] - claimed["from"], "fold_partial", log["origin"])
                digest, at = hashlib.sha256(), 4
                for _, size in FIELDS:
                    for receipt in inside:
                        digest.update(receipt["row"][at:at + size])
                    at += size
                need(digest.hexdigest() == claimed["fixed"], "fold_fixed", log["origin"])
        need(not folded, "fold_statement", log["origin"])


def check_log(place, log, proof, receipts, export, prunes, keys, manifest, witnesses, needed, saved):
    where = log["origin"]
    note = checkpoint(proof["checkpoint"], keys, where)
    need(note["origin"] == log["origin"], "checkpoint_origin", where)
    known = {r["index"]: r for r in receipts if r["log"] == place}
    if export["log"] == place:
        need(not known or export["index"] > max(known), "index_order", where)
        known[export["index"]] = export
    need(not known or max(known) < note["size"], "checkpoint_size", where)
    ranges = [r for owner, s in prunes if owner == place for r in s["ranges"]]
    subtrees = [(t["from"], t["to"], t["hash"]) for r in ranges for t in r["subtrees"]]
    hashes = [b64(each, 32, where) for each in proof["proof"]]
    root = multiproof(note["size"], {i: r["leaf"] for i, r in known.items()}, subtrees, hashes, where)
    need(root == note["root"], "proof_root", where)
    end, history = 0, {}
    for earlier in proof["history"]:
        exactly(earlier, ["proof", "root", "size"], where)
        size, then = count(earlier["size"], where, 1), b64(earlier["root"], 32, where)
        need(end < size < note["size"], "history_order", where)
        end, history[size] = size, then
        need(consistent(size, then, note["size"], note["root"], [b64(h, 32, where) for h in earlier["proof"]]), "history_proof", where)
    if saved is not None:
        kept = checkpoint(saved, keys, "saved checkpoint")
        if kept["origin"] == log["origin"]:
            need(kept["size"] <= note["size"], "saved_ahead", where)
            root_then = note["root"] if kept["size"] == note["size"] else history.get(kept["size"])
            need(root_then is not None, "saved_unproved", where)
            need(root_then == kept["root"], "saved_differs", where)
    seen = set()
    for name, key_hash, data in note["cosignatures"]:
        need(len(data) == 72, "cosignature_form", where)
        for witness in witnesses:
            if witness["name"] == name and witness["hash"] == key_hash:
                time = int.from_bytes(data[:8], "big")
                text = f"cosignature/v1\ntime {time}\n{note['text']}".encode()
                need(signed(witness["public"], text, data[8:]), "cosignature_signature", where)
                seen.add(name)
    need(len(seen) >= needed, "witness_quorum", where)
    check_complete(log, known, ranges, note["size"], manifest)
    return {"origin": where, "class": log["class"], "size": note["size"], "complete": log["complete"], "witnesses": sorted(seen)}


def check_complete(log, known, ranges, size, manifest):
    where = log["origin"]

    def pruned(index):
        return next((r for r in ranges if r["from"] <= index < r["to"]), None)
    for claimed in log["complete"]:
        need(claimed["to"] <= size, "complete_form", where)
        for index in range(claimed["from"], claimed["to"]):
            need(index in known or pruned(index), "complete_missing", f"{where} {index}")
    if manifest["kind"] != "period":
        return
    need(len(log["complete"]) == 1, "complete_period", where)
    first, last = log["complete"][0]["from"], log["complete"][0]["to"] - 1
    newest = known[first]["entry"]["at"] if first in known else pruned(first)["newestAt"]
    need(first == 0 or newest < manifest["scope"]["fromAt"], "complete_period", where)
    oldest = known[last]["entry"]["at"] if last in known else pruned(last)["oldestAt"]
    need(last == size - 1 or oldest >= manifest["scope"]["toAt"], "complete_period", where)


def check_approvals(receipts):
    for receipt in receipts:
        for approval in receipt["parts"].get("policy", {}).get("approvals", []):
            where, by = f"receipt {receipt['index']}", approval["by"]
            need(by and len(set(by)) == len(by), "approval_duplicate", where)
            actor = receipt["parts"].get("actor")
            need(actor is None or actor["user"] not in by, "approval_self", where)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bundle")
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("--witness", action="append", default=[])
    parser.add_argument("--witnesses-needed", type=int, default=0)
    parser.add_argument("--checkpoint")
    options = parser.parse_args()
    sys.setrecursionlimit(10_000)
    with open(options.bundle, "rb") as file:
        data = file.read()
    saved = None
    if options.checkpoint:
        with open(options.checkpoint, encoding="utf-8") as file:
            saved = file.read()
    print(json.dumps(judged(data, [vkey(k, 1) for k in options.key], [vkey(k, 4) for k in options.witness], options.witnesses_needed, saved)))
    return 0


def judged(data, keys, witnesses=(), needed=0, saved=None):
    try:
        return verify(data, keys, witnesses, needed, saved)
    except Red as red:
        return {"ok": False, "why": str(red)}
    except (KeyError, TypeError, AttributeError, ValueError, IndexError, RecursionError) as error:
        # Of another shape than the documents say; which member it was is not this program's to tell.
        return {"ok": False, "why": f"shape: {error!r}"}


if __name__ == "__main__":
    sys.exit(0 if main() == 0 else 1)
