import Foundation
import Model

/// Statements as rows of numbers.
///
///     texts: count, text… · statements: count, statement…
///
/// A statement is a byte of flags and, unless it is kept in JSON, its fields. A text (name of a role or database, statement,
/// fingerprint) stands once and is told by its number. Integers are LEB128; of a floating-point number the bits are turned round,
/// since most are short fractions whose last bits are 0.
enum StatementPacking {
    private static let isElsewhere: UInt8 = 1
    private static let isTopLevel: UInt8 = 2
    private static let isOurs: UInt8 = 4
    private static let hasText: UInt8 = 8
    private static let hasFingerprint: UInt8 = 16
    private static let hasSince: UInt8 = 32

    /// - Returns: the packed ones, and those that have more than texts and numbers, in their order.
    static func packed(_ statements: [Statement]) -> (bytes: [UInt8], rest: [Statement]) {
        var texts = TextNumbers()
        var rows = NumberWriter()
        var rest: [Statement] = []
        for var statement in statements {
            guard statement.isPlain else {
                rest.append(statement)
                rows.append(isElsewhere)
                continue
            }
            rows.append(flags(statement))
            rows.packed.append(signed: statement.queryID)
            rows.packed.append(texts.number(of: statement.role))
            rows.packed.append(texts.number(of: statement.database))
            rows.packed.append(statement.searchPath.count)
            for schema in statement.searchPath { rows.packed.append(texts.number(of: schema)) }
            for text in [statement.text, statement.fingerprint].compactMap(\.self) {
                rows.packed.append(texts.number(of: text))
            }
            if var since = statement.since?.timeIntervalSinceReferenceDate { rows.pass(&since) }
            statement.passNumbers(&rows)
        }
        var writer = PackedWriter()
        writer.append(texts.all.count)
        for text in texts.all { writer.append(text) }
        writer.append(statements.count)
        return (writer.bytes + rows.packed.bytes, rest)
    }

    private static func flags(_ statement: Statement) -> UInt8 {
        var flags: UInt8 = 0
        if statement.isTopLevel { flags |= isTopLevel }
        if statement.isOurs { flags |= isOurs }
        if statement.text != nil { flags |= hasText }
        if statement.fingerprint != nil { flags |= hasFingerprint }
        if statement.since != nil { flags |= hasSince }
        return flags
    }

    /// - Parameter rest: those that are not among the packed ones.
    /// - Throws: `PackedReader.Damaged`.
    static func unpacked(_ bytes: UnsafeRawBufferPointer, _ rest: [Statement]) throws -> [Statement] {
        var rest = rest.makeIterator()
        var rows = NumberReader(bytes)
        let texts = try (0..<rows.packed.count()).map { _ in try rows.packed.text() }
        func text() throws -> String {
            let number = try rows.packed.count()
            guard number < texts.count else { throw PackedReader.Damaged() }
            return texts[number]
        }
        var statements: [Statement] = []
        for _ in 0..<(try rows.packed.count()) {
            let flags = try rows.packed.integer()
            func has(_ flag: UInt8) -> Bool { flags & UInt64(flag) != 0 }
            guard !has(isElsewhere) else {
                guard let statement = rest.next() else { throw PackedReader.Damaged() }
                statements.append(statement)
                continue
            }
            var statement = Statement()
            statement.queryID = try rows.packed.signed()
            statement.role = try text()
            statement.database = try text()
            statement.searchPath = try (0..<rows.packed.count()).map { _ in try text() }
            if has(hasText) { statement.text = try text() }
            if has(hasFingerprint) { statement.fingerprint = try text() }
            if has(hasSince) {
                var since = 0.0
                rows.pass(&since)
                statement.since = Date(timeIntervalSinceReferenceDate: since)
            }
            (statement.isTopLevel, statement.isOurs) = (has(isTopLevel), has(isOurs))
            statement.passNumbers(&rows)
            if rows.isDamaged { throw PackedReader.Damaged() }
            statements.append(statement)
        }
        guard rows.packed.isAtEnd, rest.next() == nil else { throw PackedReader.Damaged() }
        return statements
    }
}

/// Texts, each once, by the order in which they came.
private struct TextNumbers {
    private(set) var all: [String] = []
    private var numbers: [String: Int] = [:]

    mutating func number(of text: String) -> Int {
        if let number = numbers[text] { return number }
        numbers[text] = all.count
        all.append(text)
        return all.count - 1
    }
}

/// Goes over numbers one after the other, to write them or to set them: so that their order stands in one place.
private protocol NumberPass {
    mutating func pass(_ number: inout Int64)
    mutating func pass(_ number: inout Double)
}

private struct NumberWriter: NumberPass {
    var packed = PackedWriter()

    mutating func append(_ flags: UInt8) { packed.append(UInt64(flags)) }
    mutating func pass(_ number: inout Int64) { packed.append(signed: number) }
    mutating func pass(_ number: inout Double) { packed.append(number.bitPattern.byteSwapped) }
}

private struct NumberReader: NumberPass {
    var packed: PackedReader
    /// Told once a statement, and not by each number.
    private(set) var isDamaged = false

    init(_ bytes: UnsafeRawBufferPointer) { packed = PackedReader(bytes) }

    mutating func pass(_ number: inout Int64) {
        do { number = try packed.signed() } catch { isDamaged = true }
    }

    mutating func pass(_ number: inout Double) {
        do { number = Double(bitPattern: try packed.integer().byteSwapped) } catch { isDamaged = true }
    }
}

extension Statement {
    /// Has nothing but texts and numbers.
    fileprivate var isPlain: Bool {
        plan == nil && planNote == nil && variants.isEmpty && loggedPlans.isEmpty && whatIf.isEmpty && rewrites.isEmpty
    }

    fileprivate mutating func passNumbers(_ pass: inout some NumberPass) {
        pass.pass(&minimumTime)
        pass.pass(&maximumTime)
        pass.pass(&meanTime)
        pass.pass(&deviationOfTime)
        counters.passNumbers(&pass)
    }
}

extension StatementCounters {
    fileprivate mutating func passNumbers(_ pass: inout some NumberPass) {
        pass.pass(&calls)
        pass.pass(&rows)
        pass.pass(&plans)
        pass.pass(&planTime)
        pass.pass(&executionTime)
        pass.pass(&sharedBlocksHit)
        pass.pass(&sharedBlocksRead)
        pass.pass(&sharedBlocksDirtied)
        pass.pass(&sharedBlocksWritten)
        pass.pass(&localBlocksRead)
        pass.pass(&localBlocksWritten)
        pass.pass(&temporaryBlocksRead)
        pass.pass(&temporaryBlocksWritten)
        pass.pass(&readTime)
        pass.pass(&writeTime)
        pass.pass(&walRecords)
        pass.pass(&walFullPageImages)
        pass.pass(&walBytes)
        pass.pass(&jitFunctions)
        pass.pass(&jitTime)
    }
}
