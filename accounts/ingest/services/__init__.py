"""The verbs of files: upload, match, check, import, undo."""

from accounts.ingest.services.guessing import guess_reading
from accounts.ingest.services.importing import check_batch, import_batch
from accounts.ingest.services.jobs import follow_order, left_behind, order_check, order_import, order_undo
from accounts.ingest.services.rejected import rejected_file
from accounts.ingest.services.undoing import check_undo, forget_old_rows, undo_import, undoable_until
from accounts.ingest.services.upload import (
    choose_reading,
    mapping_named,
    match_columns,
    save_mapping,
    store_upload,
)

__all__ = [
    "check_batch",
    "check_undo",
    "choose_reading",
    "follow_order",
    "forget_old_rows",
    "guess_reading",
    "import_batch",
    "left_behind",
    "mapping_named",
    "match_columns",
    "order_check",
    "order_import",
    "order_undo",
    "rejected_file",
    "save_mapping",
    "store_upload",
    "undo_import",
    "undoable_until",
]
