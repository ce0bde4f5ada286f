import Model
import Statements

/// What becomes of the constants of definitions: which hold data, and of what class it is.
struct ConstantRules: Sendable {
    var types: TypeBook
    /// A person wrote the statement: a string has the type of what it is compared with, which is not told.
    var isHandwritten = false

    enum Decision: Sendable, Equatable {
        case kept, null
        case value(ValueClass)
        case elements(ValueClass)
        /// A pattern of LIKE.
        case pattern
        /// A function's body in SQL.
        case script
        /// A function's body in another language, in place of which this one stands.
        case stub(String)
        /// Nobody knows what it is: the definition goes.
        case unknown
    }

    func decision(_ constant: SQLConstant) -> Decision {
        switch constant.place {
        case .count: return .kept
        case .setting(let name): return name.contains(".") ? .null : .kept
        case .option(let statement): return Self.optionStatements.contains(statement) ? .kept : .unknown
        case .body(let head): return Self.body(head)
        case .bound(let part, let table): return bound(constant, part, table)
        case .argument(let function, let place):
            if Self.isVocabulary(constant, function, place) { return .kept }
        case .operand(let name):
            if Self.isVocabulary(constant, operand: name) { return .kept }
            if Self.isPattern(name), constant.kind == .string { return .pattern }
        case .plain: break
        }
        return expression(constant)
    }

    private func expression(_ constant: SQLConstant) -> Decision {
        guard constant.kind != .bitString else { return .null }
        guard let type = constant.type else {
            switch constant.kind {
            case .integer: return Int64(constant.text) == nil ? .value(.decimal) : .value(.integer)
            case .decimal: return .value(.decimal)
            default: return isHandwritten ? handwritten(constant.text) : .value(.text)
            }
        }
        switch types.handling(of: type) {
        case .kept: return .kept
        case .surrogate(let kind): return constant.isArray ? .elements(kind) : .value(kind)
        case .array(let kind): return .elements(kind)
        case .removed: return .null
        }
    }

    private func handwritten(_ text: String) -> Decision {
        if types.labels.contains(text) { return .kept }
        let kind = Self.likelyClass(text)
        return .value(kind == .date ? .timestamp : kind == .integer || kind == .decimal ? .text : kind)
    }

    /// NULL is no bound: what cannot be replaced makes the definition unusable.
    private func bound(_ constant: SQLConstant, _ part: Int, _ table: QualifiedName) -> Decision {
        var constant = constant
        if constant.type == nil { constant.type = types.partitionKey(of: table, part: part)?.type }
        if constant.type == nil, constant.kind == .string { return .value(Self.likelyClass(constant.text)) }
        let decision = expression(constant)
        return decision == .null ? .unknown : decision
    }

    /// Of a key that is an expression.
    private static func likelyClass(_ text: String) -> ValueClass {
        if Int64(text) != nil { return .integer }
        if DecimalNumber(text) != nil { return .decimal }
        if Moments.days(text) != nil { return .date }
        if Moments.timestamp(text) != nil { return .timestamp }
        return .text
    }

    /// Statements whose words and numbers outside of expressions are no rows' data: labels, storage options, counters' steps.
    private static let optionStatements: Set<String> = [
        "AlterEnumStmt", "AlterOpFamilyStmt", "AlterSeqStmt", "AlterTableStmt", "CompositeTypeStmt", "CreateDomainStmt",
        "CreateEnumStmt", "CreateExtensionStmt",
        "CreateFunctionStmt", "CreateOpClassStmt", "CreateRangeStmt", "CreateSchemaStmt", "CreateSeqStmt",
        "CreateStatsStmt", "CreateStmt",
        "CreateTableAsStmt", "DefineStmt", "IndexStmt", "ViewStmt",
    ]

    private static func body(_ head: SQLConstant.FunctionHead) -> Decision {
        switch head.language {
        case "sql": return .script
        case "internal", "c": return .kept
        // What it does matters to no plan: the planner looks into bodies in SQL alone.
        case "plpgsql":
            if head.returnsNothing { return .stub("BEGIN END") }
            return .stub(head.returnsSet ? "BEGIN RETURN; END" : "BEGIN RETURN NULL; END")
        default: return .unknown
        }
    }
}

extension ConstantRules {
    /// LIKE and ILIKE, and what they are for text, bpchar and name.
    static func isPattern(_ name: String) -> Bool { ["~~", "!~~", "~~*", "!~~*"].contains(name) }

    /// Words that a function takes by its manual, lengths and places: no data.
    static func isVocabulary(_ constant: SQLConstant, _ function: String, _ place: Int) -> Bool {
        let text = constant.text
        if constant.kind == .integer { return isCount(text, 10_000) && countFunctions.contains(function) }
        guard constant.kind == .string else { return false }
        switch (function, place) {
        case ("date_trunc", 0), ("date_part", 0), ("extract", 0): return fields.contains(text.lowercased())
        case ("timezone", 0):
            return text.wholeMatch(
                of:
                    #/UTC|GMT|Etc/[A-Za-z0-9+-]+|(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Za-z_]{3,20}(/[A-Za-z_]{3,20})?/#
            ) != nil
        case ("to_char", 1), ("to_date", 1), ("to_timestamp", 1), ("to_number", 1): return isTemplate(text)
        case ("encode", 1), ("decode", 1), ("digest", 1), ("convert_from", 1), ("convert_to", 1):
            return ["hex", "base64", "escape", "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "utf8"]
                .contains(text.lowercased())
        case ("like_escape", 1), ("similar_to_escape", 1): return text.count <= 1
        default: return isPunctuation(text)
        }
    }

    static func isVocabulary(_ constant: SQLConstant, operand name: String) -> Bool {
        switch name {
        case "||": return constant.kind == .string && isPunctuation(constant.text)
        case "+", "-", "*", "/", "%":
            // Seconds of an hour and a day, kilobytes: factors, which multiply to more than an integer holds when they are replaced.
            return constant.kind == .integer
                && (isCount(constant.text, 1000) || ["1024", "3600", "86400", "1000000"].contains(constant.text))
        default: return false
        }
    }

    private static func isCount(_ text: String, _ most: Int) -> Bool { Int(text).map { abs($0) <= most } ?? false }

    /// A separator: `, `.
    private static func isPunctuation(_ text: String) -> Bool {
        text.utf8.count <= 3 && text.allSatisfy { $0.isASCII && ($0.isPunctuation || $0.isSymbol || $0 == " ") }
    }

    private static let countFunctions: Set<String> = [
        "array_length", "generate_series", "lag", "lead", "left", "lpad", "make_interval", "mod", "nth_value", "ntile",
        "repeat", "right", "round", "rpad", "split_part", "substr", "substring", "trunc", "width_bucket",
    ]

    /// https://www.postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-EXTRACT
    private static let fields: Set<String> = [
        "century", "day", "decade", "dow", "doy", "epoch", "hour", "isodow", "isoyear", "julian", "microsecond",
        "microseconds", "millennium", "millisecond", "milliseconds", "minute", "month", "quarter", "second", "timezone",
        "timezone_hour", "timezone_minute", "week", "year",
    ]

    /// https://www.postgresql.org/docs/current/functions-formatting.html
    private static func isTemplate(_ text: String) -> Bool {
        text.wholeMatch(
            of:
                #/(?:YYYY|YYY|YY|Y|IYYY|HH24|HH12|HH|MI|MM|SSSS|SS|MS|US|AM|PM|TZ|OF|DDD|DD|D|IDDD|IW|WW|W|ID|Q|J|CC|Month|Mon|Day|Dy|FM|TH|9|0|G|S|L|[\-\/ :.,_T])+/#
        ) != nil
    }
}
