import Foundation
import Model

/// Goes over fields one after the other, to write or to set them: so that their order stands in one place.
protocol FieldPass {
    mutating func pass(_ number: inout Int64)
    mutating func pass(_ number: inout Double)
    mutating func pass(_ isSo: inout Bool)
    mutating func pass(_ text: inout String)
    mutating func pass<Field>(_ list: inout [Field], like blank: Field, _ pass: (inout Self, inout Field) -> Void)
    /// What was read makes no sense.
    mutating func damage()
}

/// What can be kept as texts and numbers.
///
/// A row leads with its flags. Integers are LEB128; of a floating-point number the bits are turned round, since most are short
/// fractions whose last bits are 0; a text stands once and is told by its number.
protocol PackedRow: Noun {
    /// Has nothing but what `pass` names; any other is kept in JSON.
    var isPlain: Bool { get }
    /// The lowest bit is taken.
    var flags: UInt8 { get set }
    mutating func pass(_ fields: inout some FieldPass)
}

extension PackedRow {
    var isPlain: Bool { true }
    var flags: UInt8 {
        get { 0 }
        set {}
    }
}

/// Goes over tables one after the other.
protocol TablePass {
    mutating func pass<Row: PackedRow>(_ rows: inout [Row]) throws
}

private let isElsewhere: UInt8 = 1

/// Texts and rows:
///
///     texts: count, text… · a table: count, row… · the next table…
struct RowWriter: TablePass, FieldPass {
    private var texts: [String] = []
    private var numbers: [String: Int] = [:]
    private var rows = PackedWriter()

    var bytes: [UInt8] {
        var writer = PackedWriter()
        writer.append(texts.count)
        for text in texts { writer.append(text) }
        return writer.bytes + rows.bytes
    }

    /// Leaves those that are not plain.
    mutating func pass<Row: PackedRow>(_ table: inout [Row]) {
        var rest: [Row] = []
        rows.append(table.count)
        for var row in table {
            guard row.isPlain else {
                rest.append(row)
                rows.append(UInt64(isElsewhere))
                continue
            }
            rows.append(UInt64(row.flags))
            row.pass(&self)
        }
        table = rest
    }

    mutating func pass(_ number: inout Int64) { rows.append(signed: number) }
    mutating func pass(_ number: inout Double) { rows.append(number.bitPattern.byteSwapped) }
    mutating func pass(_ isSo: inout Bool) { rows.append(UInt64(isSo ? 1 : 0)) }

    mutating func pass(_ text: inout String) {
        if let number = numbers[text] { return rows.append(number) }
        rows.append(texts.count)
        numbers[text] = texts.count
        texts.append(text)
    }

    mutating func pass<Field>(_ list: inout [Field], like blank: Field, _ pass: (inout Self, inout Field) -> Void) {
        rows.append(list.count)
        for var field in list { pass(&self, &field) }
    }

    mutating func damage() {}
}

/// Reads what `RowWriter` wrote.
struct RowReader: TablePass, FieldPass {
    private let texts: [String]
    private var rows: PackedReader
    /// Told once a row, and not by each field.
    private var isDamaged = false

    /// - Parameter bytes: must outlive the reader.
    /// - Throws: `PackedReader.Damaged`.
    init(_ bytes: UnsafeRawBufferPointer) throws {
        rows = PackedReader(bytes)
        var texts: [String] = []
        for _ in 0..<(try rows.count()) { texts.append(try rows.text()) }
        self.texts = texts
    }

    var isAtEnd: Bool { rows.isAtEnd }

    /// Puts those that are not plain, which are there already, back into their places.
    mutating func pass<Row: PackedRow>(_ table: inout [Row]) throws {
        var rest = table.makeIterator()
        var whole: [Row] = []
        for _ in 0..<(try rows.count()) {
            guard let flags = UInt8(exactly: try rows.integer()) else { throw PackedReader.Damaged() }
            guard flags & isElsewhere == 0 else {
                guard let row = rest.next() else { throw PackedReader.Damaged() }
                whole.append(row)
                continue
            }
            var row = Row()
            row.flags = flags
            row.pass(&self)
            if isDamaged { throw PackedReader.Damaged() }
            whole.append(row)
        }
        guard rest.next() == nil else { throw PackedReader.Damaged() }
        table = whole
    }

    mutating func pass(_ number: inout Int64) {
        do { number = try rows.signed() } catch { isDamaged = true }
    }

    mutating func pass(_ number: inout Double) {
        do { number = Double(bitPattern: try rows.integer().byteSwapped) } catch { isDamaged = true }
    }

    mutating func pass(_ isSo: inout Bool) {
        do { isSo = try rows.integer() != 0 } catch { isDamaged = true }
    }

    mutating func pass(_ text: inout String) {
        guard let number = try? rows.count(), number < texts.count else { return damage() }
        text = texts[number]
    }

    mutating func pass<Field>(_ list: inout [Field], like blank: Field, _ pass: (inout Self, inout Field) -> Void) {
        list = []
        guard let count = try? rows.count() else { return damage() }
        for _ in 0..<count where !isDamaged {
            var field = blank
            pass(&self, &field)
            list.append(field)
        }
    }

    mutating func damage() { isDamaged = true }
}

extension FieldPass {
    mutating func pass(_ number: inout Int) {
        var wide = Int64(number)
        pass(&wide)
        number = Int(wide)
    }

    mutating func pass(_ date: inout Date) {
        var seconds = date.timeIntervalSinceReferenceDate
        pass(&seconds)
        date = Date(timeIntervalSinceReferenceDate: seconds)
    }

    mutating func pass(_ name: inout QualifiedName) {
        pass(&name.schema)
        pass(&name.name)
    }

    mutating func pass<Kind: RawRepresentable<String>>(_ kind: inout Kind) {
        var text = kind.rawValue
        pass(&text)
        guard let read = Kind(rawValue: text) else { return damage() }
        kind = read
    }

    mutating func pass(_ texts: inout [String]) { pass(&texts, like: "") { $0.pass(&$1) } }

    /// By their names, so that the same ones give the same bytes.
    mutating func pass(_ options: inout [String: String]) {
        var pairs = options.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        pass(&pairs, like: ("", "")) {
            $0.pass(&$1.0)
            $0.pass(&$1.1)
        }
        options = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    mutating func pass(_ number: inout Int64?) { pass(&number, like: 0) { $0.pass(&$1) } }
    mutating func pass(_ number: inout Int?) { pass(&number, like: 0) { $0.pass(&$1) } }
    mutating func pass(_ text: inout String?) { pass(&text, like: "") { $0.pass(&$1) } }
    mutating func pass(_ date: inout Date?) {
        pass(&date, like: Date(timeIntervalSinceReferenceDate: 0)) { $0.pass(&$1) }
    }
    mutating func pass(_ name: inout QualifiedName?) { pass(&name, like: QualifiedName("", "")) { $0.pass(&$1) } }

    private mutating func pass<Field>(
        _ field: inout Field?, like blank: Field, _ pass: (inout Self, inout Field) -> Void
    ) {
        var isThere = field != nil
        self.pass(&isThere)
        field = isThere ? field ?? blank : nil
        passFlagged(&field, pass)
    }

    /// One of which the row's flags tell whether it is there.
    mutating func passFlagged<Field>(_ field: inout Field?, _ pass: (inout Self, inout Field) -> Void) {
        guard var value = field else { return }
        pass(&self, &value)
        field = value
    }
}
