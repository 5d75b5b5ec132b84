#!/usr/bin/env python3
"""Builds packages/verifier/vectors/*.json from docs/reference/evidence-format.md.

A second implementation of the format, on Python's standard library alone, so that the vectors are not our own code's
opinion of itself. Ed25519 comes from the openssl command. Run it from anywhere; the output is the same each time:

    python3 tools/vectors/generate-evidence-vectors.py [--check]

--check writes nothing and fails when the files differ from what would be written.
"""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = os.path.join(ROOT, "packages", "verifier", "vectors")
PARTS = ["actor", "subject", "policy", "place", "input", "output"]
ORIGIN = "log.example/evidence"
# Test keys: the seeds are public on purpose and sign nothing but these vectors.
LOG_SEED = hashlib.sha256(b"switchboard vectors: log key").digest()
OTHER_SEED = hashlib.sha256(b"switchboard vectors: another key of the same name").digest()
SALT_KEY = hashlib.sha256(b"switchboard vectors: epoch key").digest()


def sha256(data):
    return hashlib.sha256(data).digest()


def b64(data):
    return base64.b64encode(data).decode("ascii")


def jcs(value):
    """RFC 8785 for what the vectors use: names are ASCII, so code points sort like UTF-16; numbers are whole."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


# --- entry ------------------------------------------------------------------------------------------------------------

def uuid7(at, n):
    filler = hashlib.sha256(b"id %d" % n).digest()
    raw = bytearray(at.to_bytes(6, "big") + filler[:10])
    raw[6] = 0x70 | (raw[6] & 0x0F)
    raw[8] = 0x80 | (raw[8] & 0x3F)
    return bytes(raw)


def commitment(number, salt, value):
    return sha256(b"switchboard/part/v1" + b"\0" + bytes([number]) + salt + jcs(value))


def make_receipt(r):
    """r: id, trace, parent, at, phase, decision, level, calls, rows, in, out, wall, cpu, cost, parts, hide."""
    entry = b"SBR\x01" + r["id"] + r["trace"] + r.get("parent", bytes(16)) + r["at"].to_bytes(8, "big")
    entry += bytes([r["phase"], r["decision"], r["level"], 1])
    entry += r.get("calls", 0).to_bytes(4, "big") + r.get("rows", 0).to_bytes(4, "big")
    for name in ("in", "out", "wall", "cpu", "cost"):
        entry += r.get(name, 0).to_bytes(8, "big")
    shown = {}
    for number, name in enumerate(PARTS, 1):
        salt = hmac.new(SALT_KEY, r["id"] + bytes([number]), hashlib.sha256).digest()
        entry += commitment(number, salt, r["parts"][name])
        if name not in r.get("hide", ()):
            shown[name] = {"salt": b64(salt), "value": r["parts"][name]}
    assert len(entry) == 304
    return entry, shown


# --- tree -------------------------------------------------------------------------------------------------------------

def leaf_hash(entry):
    return sha256(b"\0" + entry)


def node(left, right):
    return sha256(b"\1" + left + right)


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def root_of(leaves):
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node(root_of(leaves[:k]), root_of(leaves[k:]))


def inclusion(leaves, m):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return inclusion(leaves[:k], m) + [root_of(leaves[k:])]
    return inclusion(leaves[k:], m - k) + [root_of(leaves[:k])]


def consistency(leaves, m, whole=True):
    n = len(leaves)
    if m == n:
        return [] if whole else [root_of(leaves)]
    k = split(n)
    if m <= k:
        return consistency(leaves[:k], m, whole) + [root_of(leaves[k:])]
    return consistency(leaves[k:], m - k, False) + [root_of(leaves[:k])]


def multiproof(leaves, known, start=0, end=None):
    end = len(leaves) if end is None else end
    if not any(start <= index < end for index in known):
        return [root_of(leaves[start:end])]
    if end - start == 1:
        return []
    middle = start + split(end - start)
    return multiproof(leaves, known, start, middle) + multiproof(leaves, known, middle, end)


# --- signatures -------------------------------------------------------------------------------------------------------

def openssl(args, key_der, message=None):
    with tempfile.TemporaryDirectory() as folder:
        key = os.path.join(folder, "key.der")
        with open(key, "wb") as file:
            file.write(key_der)
        command = [a if a != "KEY" else key for a in args]
        if message is not None:
            path = os.path.join(folder, "message")
            with open(path, "wb") as file:
                file.write(message)
            command += ["-in", path]
        return subprocess.run(["openssl", *command], check=True, capture_output=True).stdout


def private_der(seed):
    return bytes.fromhex("302e020100300506032b657004220420") + seed


def public_key(seed):
    return openssl(["pkey", "-inform", "DER", "-in", "KEY", "-pubout", "-outform", "DER"], private_der(seed))[-32:]


def sign(seed, message):
    return openssl(["pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", "KEY"], private_der(seed), message)


def key_hash(name, public):
    return sha256(name.encode() + b"\n\x01" + public)[:4]


def vkey(name, seed):
    public = public_key(seed)
    return "%s+%s+%s" % (name, key_hash(name, public).hex(), b64(b"\x01" + public))


def checkpoint(leaves, seed=LOG_SEED, origin=ORIGIN):
    text = "%s\n%d\n%s\n" % (origin, len(leaves), b64(root_of(leaves)))
    signature = key_hash(origin, public_key(seed)) + sign(seed, text.encode())
    return "%s\n\u2014 %s %s\n" % (text, origin, b64(signature))


def witness_vkey(name, seed):
    public = public_key(seed)
    return "%s+%s+%s" % (name, witness_hash(name, public).hex(), b64(b"\x04" + public))


def witness_hash(name, public):
    return sha256(name.encode() + b"\n\x04" + public)[:4]


def cosignature(note, name, seed, time):
    text = note.split("\n\n")[0] + "\n"
    message = "cosignature/v1\ntime %d\n%s" % (time, text)
    payload = witness_hash(name, public_key(seed)) + time.to_bytes(8, "big") + sign(seed, message.encode())
    return "\u2014 %s %s\n" % (name, b64(payload))


def rotation_note(old, new, at, logs):
    text = "switchboard/key-rotation/v1\n%s\n%s\n%d\n" % (vkey(ORIGIN, old), vkey(ORIGIN, new), at)
    text += "".join("%s %d %s\n" % (origin, len(leaves), b64(root_of(leaves))) for origin, leaves in logs)
    lines = ["\u2014 %s %s\n" % (ORIGIN, b64(key_hash(ORIGIN, public_key(seed)) + sign(seed, text.encode()))) for seed in (old, new)]
    return text + "\n" + "".join(lines)


# --- one small log ----------------------------------------------------------------------------------------------------

START = 1767225600000
PACKAGE = {"package": "ioc-triage", "version": "1.0.0", "digest": sha256(b"ioc-triage package").hex()}
RESULT = jcs({"entities": ["192.0.2.7", "Zürich"], "ok": True})


def digest_of(data):
    return {"bytes": len(data), "sha256": sha256(data).hex()}


def parts(operation, output, subject=None, actor=None, effect="permit", rules=("analyst-runs",), **policy):
    return {
        "actor": {"organisation": "org-demo", "roles": ["analyst"], "user": "dana", **(actor or {})},
        "subject": {"operation": operation, **(subject or {})},
        "policy": {"digest": sha256(b"policies").hex(), "effect": effect, "engine": "cedar", "rules": list(rules), **policy},
        "place": {"region": "eu-1", "tlp": "TLP:AMBER"},
        "input": digest_of(jcs({"operation": operation})),
        "output": output,
    }


def build_log():
    trace = [sha256(b"trace %d" % n)[:16] for n in range(6)]
    ids = [uuid7(START + n, n) for n in range(8)]
    via = {"via": {**PACKAGE, "run": "run-1"}}
    denial = {"category": "forbidden", "change": "Grant the plugin write:case.", "code": "CapabilityDenied",
              "message": "ioc-triage may not write to the case \u201cZ\u00fcrich \U0001f4e7\u201d.", "params": {"scope": "write:case"}}
    run = {**PACKAGE, "case": "case-1", "run": "run-1"}
    records = [
        dict(id=ids[0], trace=trace[0], at=START, phase=1, decision=1, level=0, out=12,
             parts=parts("tokens.create", digest_of(b"{}"))),
        dict(id=ids[1], trace=trace[1], at=START + 1000, phase=1, decision=1, level=0, cost=0, out=40, wall=900,
             parts=parts("marketplace.install", digest_of(b'{"installed":true}'), PACKAGE, rules=["admin-installs"])),
        dict(id=ids[2], trace=trace[2], at=START + 2000, phase=2, decision=1, level=1,
             parts=parts("plugin.run", {"pending": True}, run)),
        dict(id=ids[3], trace=trace[2], parent=ids[2], at=START + 2010, phase=1, decision=1, level=1, rows=1, out=210,
             wall=400, cpu=90, cost=20, parts=parts("cases.read", digest_of(b'{"id":"case-1"}'), {"case": "case-1"}, via),
             hide=("actor", "input")),
        dict(id=ids[4], trace=trace[2], parent=ids[2], at=START + 2020, phase=1, decision=2, level=1, wall=70,
             parts=parts("cases.addEntities", {"denial": denial}, {"case": "case-1"}, via, "forbid", [],
                         denial={"code": "CapabilityDenied", "params": {"scope": "write:case"}})),
        dict(id=ids[5], trace=trace[2], parent=ids[2], at=START + 2100, phase=3, decision=1, level=1, calls=2, rows=2,
             **{"in": 31, "out": len(RESULT)}, wall=98000, cpu=12000, cost=1500,
             parts=parts("plugin.run", digest_of(RESULT), run)),
        dict(id=ids[6], trace=trace[3], at=START + 3000, phase=1, decision=1, level=0,
             parts=parts("users.invite", digest_of(b"{}"))),
    ]
    return [(record, *make_receipt(record)) for record in records], ids[7], trace[4]


def record_line(name, entry, index, shown):
    return {name: {"check": leaf_hash(entry).hex()[:8], "entry": b64(entry), "index": index, "parts": shown}}


def build_bundle(seed=LOG_SEED):
    log, export_id, export_trace = build_log()
    chosen = [1, 2, 3, 4, 5]
    document = {"name": "results/run-1.json", "data": RESULT}
    counted = [log[i][0] for i in chosen if log[i][0]["phase"] != 2]
    total = lambda name: sum(record.get(name, 0) for record in counted)
    manifest = {
        "bundle": {
            "adapters": [], "attestations": [], "sbom": [], "version": 1,
            "marketplace": [{"digest": PACKAGE["digest"], "keyId": sha256(b"publisher").hex()[:16], "name": "ioc-triage",
                             "publisher": "example", "version": "1.0.0"}],
            "perf_cost": {"bytesIn": str(total("in")), "bytesOut": str(total("out")), "calls": total("calls"),
                          "costMicros": str(total("cost")), "cpuMicros": str(total("cpu")), "rows": total("rows"),
                          "runs": 1, "wallMicros": str(total("wall"))},
        },
        "createdAt": START + 4000,
        "documents": [{"bytes": len(RESULT), "name": document["name"], "sha256": sha256(RESULT).hex()}],
        "kind": "case",
        "origin": ORIGIN,
        "receipts": {"count": len(chosen),
                     "sha256": sha256(b"".join(leaf_hash(log[i][1]) for i in chosen)).hex()},
        "scope": {"case": "case-1"},
    }
    first = jcs(manifest)
    export_entry, export_shown = make_receipt(dict(
        id=export_id, trace=export_trace, at=START + 4001, phase=1, decision=1, level=0, out=len(first), hide=("actor", "input"),
        parts=parts("evidence.export", digest_of(first), {"case": "case-1"}, rules=["analyst-exports"])))
    entries = [entry for _, entry, _ in log] + [export_entry]
    leaves = [leaf_hash(entry) for entry in entries]
    lines = [first]
    lines += [jcs(record_line("receipt", log[i][1], i, log[i][2])) for i in chosen]
    lines.append(jcs({"document": {"data": b64(RESULT), "name": document["name"]}}))
    lines.append(jcs(record_line("export", export_entry, 7, export_shown)))
    known = chosen + [7]
    lines.append(jcs({
        "checkpoint": checkpoint(leaves, seed),
        # One size that is a power of two and one that is not: their proofs are checked on different ways.
        "history": [{"proof": [b64(h) for h in consistency(leaves, m)], "root": b64(root_of(leaves[:m])), "size": m} for m in (4, 5)],
        "proof": [b64(h) for h in multiproof(leaves, known)],
    }))
    return b"".join(line + b"\n" for line in lines), leaves, log


# --- files ------------------------------------------------------------------------------------------------------------

def entry_vectors():
    log, _, _ = build_log()
    return [{"entry": b64(entry), "leafHash": leaf_hash(entry).hex(), "id": record["id"].hex(), "at": record["at"],
             "phase": record["phase"], "decision": record["decision"], "sandboxLevel": record["level"],
             "calls": record.get("calls", 0), "rows": record.get("rows", 0), "bytesIn": record.get("in", 0),
             "bytesOut": record.get("out", 0), "wallMicros": record.get("wall", 0), "cpuMicros": record.get("cpu", 0),
             "costMicros": record.get("cost", 0)} for record, entry, _ in log]


def commitment_vectors():
    salt = bytes(range(32))
    values = [{"region": "eu-1"}, {}, {"a": [1, 2.5, True, None], "text": "Z\u00fcrich \U0001f4e7 \" \\ \n"}]
    return [{"part": number, "salt": b64(salt), "value": value, "jcs": b64(jcs(value)),
             "commitment": commitment(number, salt, value).hex()} for number in (1, 4, 6) for value in values]


def tree_vectors():
    vectors = []
    for size in list(range(1, 18)) + [31, 32, 33]:
        leaves = [sha256(b"\0" + bytes([i])) for i in range(size)]
        vectors.append({
            "size": size, "root": root_of(leaves).hex(),
            "inclusion": [{"index": i, "proof": [h.hex() for h in inclusion(leaves, i)]} for i in sorted({0, size // 2, size - 1})],
            "consistency": [{"size": m, "root": root_of(leaves[:m]).hex(), "proof": [h.hex() for h in consistency(leaves, m)]}
                            for m in sorted({1, max(1, size // 2), max(1, size - 1), size})],
        })
    return vectors


def multiproof_vectors():
    vectors = []
    for size, known in [(1, [0]), (2, [1]), (7, [2, 5]), (8, [0, 7]), (13, [0, 1, 2, 3, 12]), (16, list(range(16))), (33, [32]), (100, [3, 50, 51, 99])]:
        leaves = [sha256(b"\0" + bytes([i])) for i in range(size)]
        vectors.append({"size": size, "known": known, "proof": [h.hex() for h in multiproof(leaves, known)], "root": root_of(leaves).hex()})
    return vectors


def note_vectors(leaves):
    """Signed notes of evidence bundles, version 2: a key that signs for origins below its name, witnesses, a rotation."""
    origin = ORIGIN + "/0a0b0c0d/short"
    text = "%s\n%d\n%s\n" % (origin, len(leaves), b64(root_of(leaves)))
    signature = key_hash(ORIGIN, public_key(LOG_SEED)) + sign(LOG_SEED, text.encode())
    note = "%s\n\u2014 %s %s\n" % (text, ORIGIN, b64(signature))
    seeds = {name: sha256(name.encode()) for name in ("witness.one", "witness.two")}
    return {
        "vkey": vkey(ORIGIN, LOG_SEED), "nextVkey": vkey(ORIGIN, OTHER_SEED), "origin": origin,
        "witnesses": [witness_vkey(name, seed) for name, seed in seeds.items()],
        "time": 1767225600,
        "cosigned": note + "".join(cosignature(note, name, seed, 1767225600) for name, seed in seeds.items()),
        "rotation": rotation_note(LOG_SEED, OTHER_SEED, START, [(origin, leaves)]),
    }


def files():
    bundle, leaves, log = build_bundle()
    resigned, _, _ = build_bundle(OTHER_SEED)
    receipt = {"checkpoint": checkpoint(leaves), "proof": [b64(h) for h in inclusion(leaves, 5)],
               "receipt": record_line("receipt", log[5][1], 5, log[5][2])["receipt"]}
    forked = leaves[:4] + [sha256(b"another entry")]
    grown = leaves + [sha256(b"\0one more")]
    return {
        "entries.json": entry_vectors(),
        "commitments.json": commitment_vectors(),
        "trees.json": tree_vectors(),
        "multiproofs.json": multiproof_vectors(),
        "checkpoints.json": {
            "vkey": vkey(ORIGIN, LOG_SEED), "otherVkey": vkey(ORIGIN, OTHER_SEED),
            "atSize4": checkpoint(leaves[:4]), "atSize5": checkpoint(leaves[:5]), "atSize6": checkpoint(leaves[:6]),
            "atSize8": checkpoint(leaves), "atSize9": checkpoint(grown),
            "forkedAtSize5": checkpoint(forked), "forkedAtSize8": checkpoint(leaves[:7] + [sha256(b"another entry")]),
        },
        "notes.json": note_vectors(leaves),
        "bundle.json": {"vkey": vkey(ORIGIN, LOG_SEED), "bundle": bundle.decode("utf-8"), "resignedWithOtherKey": resigned.decode("utf-8")},
        "receipt.json": {"vkey": vkey(ORIGIN, LOG_SEED), "receipt": (jcs(receipt) + b"\n").decode("utf-8")},
    }


def main():
    stale = []
    for name, content in files().items():
        path = os.path.join(OUT, name)
        text = json.dumps(content, indent=2, ensure_ascii=False, sort_keys=False) + "\n"
        if "--check" in sys.argv:
            # The files are laid out anew by the project's formatter: what they say is compared.
            if not os.path.exists(path) or json.load(open(path, encoding="utf-8")) != json.loads(text):
                stale.append(name)
        else:
            os.makedirs(OUT, exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
    if stale:
        sys.exit("these vectors differ from what this script writes: " + ", ".join(stale))


main()
