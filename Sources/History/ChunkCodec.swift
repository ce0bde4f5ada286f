/// Many moments of one series in a row of the store, measure by measure, so that a reader takes only those that it wants.
///
///     moments: column · of each measure: length in bytes, column
///
/// A column is its differences, LEB128; a 0 is followed by how many more there are. Moments are the numbers of snapshots
/// (resolution 0), else seconds since 1970.
struct Chunk: Equatable {
    var moments: [Int64] = []
    /// As many columns as the series has measures, as long as the moments.
    var columns: [[Int64]] = []

    init() {}

    /// - Parameter width: measures.
    init(width: Int) { columns = Array(repeating: [], count: width) }

    /// One more moment, in place: copying a chunk for each would be most of the work.
    mutating func append(_ moment: Int64, _ values: [Int64]) {
        // Of a kind that only a newer pgmedic knows.
        while columns.count < values.count { columns.append(Array(repeating: 0, count: moments.count)) }
        moments.append(moment)
        for place in columns.indices { columns[place].append(values.value(at: place)) }
    }

    func encoded() -> [UInt8] {
        var writer = PackedWriter()
        writer.append(moments.count)
        // Less their place: snapshot follows snapshot, which takes no room then.
        writer.append(Self.packed(moments.enumerated().map { $1 &- Int64($0) }))
        writer.append(columns.count)
        for column in columns { writer.append(Self.packed(column)) }
        return writer.bytes
    }

    private static func packed(_ column: [Int64]) -> [UInt8] {
        var writer = PackedWriter()
        var last: Int64 = 0
        var zeros = 0
        func end() {
            guard zeros > 0 else { return }
            writer.append(UInt64(0))
            writer.append(zeros - 1)
            zeros = 0
        }
        for value in column {
            if value == last {
                zeros += 1
            } else {
                end()
                writer.append(signed: value &- last)
            }
            last = value
        }
        end()
        return writer.bytes
    }

    /// - Parameter wanted: places of measures; nil: all. Columns that are not wanted are empty.
    static func decode(_ bytes: [UInt8], wanted: Set<Int>? = nil) throws -> Chunk {
        try bytes.withUnsafeBytes { buffer in
            var reader = PackedReader(buffer)
            let count = try reader.count(limit: 1 << 20)
            var chunk = Chunk()
            chunk.moments = try unpacked(try reader.block(), count)
            for place in chunk.moments.indices { chunk.moments[place] &+= Int64(place) }
            for place in 0..<(try reader.count(limit: 64)) {
                let block = try reader.block()
                chunk.columns.append(wanted?.contains(place) ?? true ? try unpacked(block, count) : [])
            }
            return chunk
        }
    }

    private static func unpacked(_ block: UnsafeRawBufferPointer, _ count: Int) throws -> [Int64] {
        try [Int64](unsafeUninitializedCapacity: count) { buffer, filled in
            var reader = PackedReader(block)
            var value: Int64 = 0
            while filled < count {
                let step = try reader.signed()
                if step == 0 {
                    let more = try reader.count(limit: count - filled - 1)
                    for place in filled...filled + more { buffer[place] = value }
                    filled += more + 1
                } else {
                    value &+= step
                    buffer[filled] = value
                    filled += 1
                }
            }
        }
    }
}
