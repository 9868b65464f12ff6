# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT
"""Reads what a benchmark wrote with hadal::write_safetensors."""

import json
import struct

import numpy

KINDS = {"F32": numpy.float32, "I32": numpy.int32}


class Tensors:
    """Metadata (values of JSON), shapes, and each tensor when asked for, so that no second copy of all is ever whole."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
            self.start = file.tell()
        self.metadata = {key: json.loads(value) for key, value in self.header.pop("__metadata__", {}).items()}
        self.names = set(self.header)

    def shape(self, name):
        return self.header[name]["shape"]

    def __getitem__(self, name):
        entry = self.header[name]
        kind, (begin, end) = KINDS[entry["dtype"]], entry["data_offsets"]
        count = (end - begin) // numpy.dtype(kind).itemsize
        return numpy.fromfile(self.path, kind, count, offset=self.start + begin).reshape(entry["shape"])
