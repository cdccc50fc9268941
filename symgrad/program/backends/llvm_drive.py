"""How a batch is driven: which points go straight through the block, which by way of tiles or of a padded vector.

Everything here is IR text around one call, `block(inputs, outputs, start, stop, memory)`; the entry that Python calls
and its checks stand in `llvm_batch`.
"""

FAR = 16_384  # points from which many rows lie far apart
MOST_STREAMS = 40  # rows that are read and written side by side without tiles


def copies(name: str, count: int, copy: str = "plain.copy") -> str:
    """A function that copies `bytes` of each of `count` rows: from[i] + at to to[i] + other."""
    return f"""
define internal void @{name}(ptr %from, i64 %at, ptr %to, i64 %other, i64 %bytes) nounwind {{
entry:
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %more = icmp slt i64 %i, {count}
  br i1 %more, label %body, label %done
body:
  %f.p = getelementptr ptr, ptr %from, i64 %i
  %t.p = getelementptr ptr, ptr %to, i64 %i
  %f = load ptr, ptr %f.p
  %t = load ptr, ptr %t.p
  %f.at = getelementptr double, ptr %f, i64 %at
  %t.at = getelementptr double, ptr %t, i64 %other
  call void @{copy}(ptr %t.at, ptr %f.at, i64 %bytes)
  %next = add i64 %i, 1
  br label %head
done:
  ret void
}}"""


PLAIN = """
define internal void @plain.copy(ptr %to, ptr %from, i64 %bytes) alwaysinline nounwind {
  call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %from, i64 %bytes, i1 false)
  ret void
}"""


def chosen(outputs: int, width: int) -> str:
    """chosen(out, start): the block whose stores go past the cache, if every row is aligned to a vector there."""
    return f"""
@symgrad.past = global ptr null
define internal ptr @chosen(ptr %out, i64 %start) nounwind {{
entry:
  %block = load ptr, ptr @symgrad.block
  %past = load ptr, ptr @symgrad.past
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %more = icmp slt i64 %i, {outputs}
  br i1 %more, label %body, label %all
body:
  %slot = getelementptr ptr, ptr %out, i64 %i
  %row = load ptr, ptr %slot
  %at = getelementptr double, ptr %row, i64 %start
  %address = ptrtoint ptr %at to i64
  %off = and i64 %address, {8 * width - 1}
  %good = icmp eq i64 %off, 0
  %next = add i64 %i, 1
  br i1 %good, label %head, label %some
all:
  ret ptr %past
some:
  ret ptr %block
}}"""


def tile_of(inputs: int, outputs: int) -> int:
    """Points of a tile: its results fit into the nearest cache."""
    return max(64, min(1024, 4096 // (outputs + (inputs if inputs + outputs > MOST_STREAMS else 0)) // 64 * 64))


def driver(inputs: int, outputs: int, width: int, large: bool) -> str:
    """drive(inputs, outputs, start, stop, memory, tiles): all points of a range, by tiles or straight, then the rest.

    The first and the last vector may lie across others: what is computed twice comes out the same.

    `tiles` begins with a table of pointers, to the inputs and to the results, as they lie for one call of the block;
    behind it is room for one tile of every row.
    """
    rows, tile = inputs + outputs, tile_of(inputs, outputs)
    copied = rows > MOST_STREAMS
    shifted = (
        "  call void @copy.in(ptr %in, i64 %at, ptr %tiles, i64 0, i64 %bytes)\n  br label %compute"
        if copied
        else f"""  br label %shift
shift:
  %s = phi i64 [ 0, %work ], [ %s.next, %shift.one ]
  %s.more = icmp slt i64 %s, {inputs}
  br i1 %s.more, label %shift.one, label %compute
shift.one:
  %s.p = getelementptr ptr, ptr %in, i64 %s
  %s.row = load ptr, ptr %s.p
  %s.at = getelementptr double, ptr %s.row, i64 %at
  %s.to = getelementptr ptr, ptr %tiles, i64 %s
  store ptr %s.at, ptr %s.to
  %s.next = add i64 %s, 1
  br label %shift"""
    )
    return f"""
define internal void @rest(ptr %in, ptr %out, i64 %whole, i64 %over, ptr %memory, ptr %tiles) nounwind {{
entry:
  %tile.out = getelementptr ptr, ptr %tiles, i64 {inputs}
  br label %fill
fill:
  %f = phi i64 [ 0, %entry ], [ %f.next, %fill ]
  %last = sub i64 %over, 1
  %past = icmp slt i64 %f, %over
  %pick = select i1 %past, i64 %f, i64 %last
  %source = add i64 %whole, %pick
  call void @copy.in(ptr %in, i64 %source, ptr %tiles, i64 %f, i64 8)
  %f.next = add i64 %f, 1
  %f.more = icmp slt i64 %f.next, {width}
  br i1 %f.more, label %fill, label %run
run:
  %block = load ptr, ptr @symgrad.block
  call void %block(ptr %tiles, ptr %tile.out, i64 0, i64 {width}, ptr %memory)
  %bytes = shl i64 %over, 3
  call void @copy.out(ptr %tile.out, i64 0, ptr %out, i64 %whole, i64 %bytes)
  ret void
}}
define internal void @table(ptr %tiles) nounwind {{
entry:
  br label %point
point:
  %r = phi i64 [ 0, %entry ], [ %r.next, %point ]
  %t.at = mul i64 %r, {8 * tile}
  %t.off = add i64 %t.at, {8 * rows + 64}
  %t.row = getelementptr i8, ptr %tiles, i64 %t.off
  %t.slot = getelementptr ptr, ptr %tiles, i64 %r
  store ptr %t.row, ptr %t.slot
  %r.next = add i64 %r, 1
  %r.more = icmp slt i64 %r.next, {rows}
  br i1 %r.more, label %point, label %ready
ready:
  ret void
}}
define internal void @drive(ptr %in, ptr %out, i64 %begin, i64 %stop, ptr %memory, ptr %tiles) nounwind {{
enter:
  call void @table(ptr %tiles)
  %tile.out = getelementptr ptr, ptr %tiles, i64 {inputs}
  %block = load ptr, ptr @symgrad.block
  %row = load ptr, ptr %out
  %first = getelementptr double, ptr %row, i64 %begin
  %address = ptrtoint ptr %first to i64
  %minus = sub i64 0, %address
  %gap = and i64 %minus, {8 * width - 1}
  %lead = lshr i64 %gap, 3
  %total = sub i64 %stop, %begin
  %long = icmp sgt i64 %total, {64 * width}
  %uneven = icmp ne i64 %lead, 0
  %level = and i1 %long, %uneven
  br i1 %level, label %align, label %entry
align:
  %begun = add i64 %begin, {width}
  call void %block(ptr %in, ptr %out, i64 %begin, i64 %begun, ptr %memory)
  %aligned = add i64 %begin, %lead
  br label %entry
entry:
  %start = phi i64 [ %begin, %enter ], [ %aligned, %align ]
  %count = sub i64 %stop, %start
  %even = and i64 %count, {-width}
  %whole = add i64 %start, %even
  %far = icmp sgt i64 %count, {FAR if copied else 2**62}
  br i1 %far, label %tile, label %straight
straight:
  %chosen = {"call ptr @chosen(ptr %out, i64 %start)" if large else "select i1 true, ptr %block, ptr null"}
  call void %chosen(ptr %in, ptr %out, i64 %start, i64 %whole, ptr %memory)
  br label %end
tile:
  %at = phi i64 [ %start, %entry ], [ %at.next, %stored ]
  %left = sub i64 %whole, %at
  %some = icmp sgt i64 %left, 0
  br i1 %some, label %work, label %end
work:
  %short = icmp slt i64 %left, {tile}
  %n = select i1 %short, i64 %left, i64 {tile}
  %bytes = shl i64 %n, 3
{shifted}
compute:
  call void %block(ptr %tiles, ptr %tile.out, i64 0, i64 %n, ptr %memory)
  call void @copy.out(ptr %tile.out, i64 0, ptr %out, i64 %at, i64 %bytes)
  br label %stored
stored:
  %at.next = add i64 %at, %n
  br label %tile
end:
  %over = sub i64 %stop, %whole
  %any = icmp sgt i64 %over, 0
  br i1 %any, label %short.end, label %done
short.end:
  %back = sub i64 %stop, {width}
  %enough = icmp sge i64 %back, %begin
  br i1 %enough, label %again, label %pad
again:
  call void %block(ptr %in, ptr %out, i64 %back, i64 %stop, ptr %memory)
  br label %done
pad:
  call void @table(ptr %tiles)
  call void @rest(ptr %in, ptr %out, i64 %whole, i64 %over, ptr %memory, ptr %tiles)
  br label %done
done:
  ret void
}}"""
