"""A flatbuffer table from its fields in the order of its schema."""

import flatbuffers


class Table:
    """A table that is still to be written.

    Args:
        *fields: None or empty to leave a field out, str, a whole number of one byte
            (an enum, or the kind of a union, whose table is the next field), a `Table`,
            or a list of tables.
    """

    def __init__(self, *fields):
        self.fields = fields

    def finished(self, identifier: bytes) -> bytes:
        """Return the bytes of a file whose root this is."""
        builder = flatbuffers.Builder(1024)
        builder.Finish(self._write(builder), identifier)
        return bytes(builder.Output())

    def _write(self, builder) -> int:
        written = [_write_field(builder, field) for field in self.fields]
        builder.StartObject(len(written))
        for slot, (field, value) in enumerate(zip(self.fields, written, strict=True)):
            if isinstance(field, int):
                builder.PrependUint8Slot(slot, field, 0)
            elif value is not None:
                builder.PrependUOffsetTRelativeSlot(slot, value, 0)
        return builder.EndObject()


def _write_field(builder, field):
    if isinstance(field, str):
        return builder.CreateString(field)
    if isinstance(field, Table):
        return field._write(builder)
    if isinstance(field, list) and field:
        offsets = [each._write(builder) for each in field]
        builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            builder.PrependUOffsetTRelative(offset)
        return builder.EndVector()
    return None
