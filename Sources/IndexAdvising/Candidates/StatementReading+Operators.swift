import Model
import Statements

/// Which access method and operator class serve an operator on a type.
/// https://www.postgresql.org/docs/current/gin-builtin-opclasses.html,
/// https://www.postgresql.org/docs/current/gist-builtin-opclasses.html
enum OperatorSupport {
    /// The operator with its sides changed.
    static let commuted = [
        "@>": "<@", "<@": "@>", "&&": "&&", "@@": "@@", "<<": ">>", ">>": "<<", "<<=": ">>=", ">>=": "<<=",
        "-|-": "-|-", "~=": "~=",
    ]

    static let geometric: Set<String> = ["point", "box", "circle", "polygon"]

    /// nil where none serves it.
    static func term(_ name: String, on type: String) -> Term.Kind? {
        if type.hasSuffix("[]") {
            return ["@>", "<@", "&&"].contains(name) ? .other(.gin, operatorClass: nil) : nil
        }
        if type.hasSuffix("range") {
            return ["@>", "<@", "&&", "-|-", "<<", ">>"].contains(name) ? .other(.gist, operatorClass: nil) : nil
        }
        switch type {
        case "jsonb":
            if ["@>", "@?", "@@"].contains(name) { return .other(.gin, operatorClass: "jsonb_path_ops") }
            return ["?", "?|", "?&"].contains(name) ? .other(.gin, operatorClass: nil) : nil
        case "tsvector": return name == "@@" ? .other(.gin, operatorClass: nil) : nil
        case "point": return ["<@", "~=", "<<", ">>"].contains(name) ? .other(.gist, operatorClass: nil) : nil
        case "box", "circle", "polygon":
            return ["@>", "<@", "&&", "~=", "<<", ">>"].contains(name) ? .other(.gist, operatorClass: nil) : nil
        case "inet", "cidr":
            return ["&&", ">>", ">>=", "<<", "<<="].contains(name) ? .other(.gist, operatorClass: "inet_ops") : nil
        default: return nil
        }
    }

    /// The operator class under which a B-tree of another collation than C serves LIKE:
    /// https://www.postgresql.org/docs/current/indexes-opclass.html
    static func patternClass(of type: String) -> String {
        switch type {
        case "character varying": "varchar_pattern_ops"
        case "character": "bpchar_pattern_ops"
        default: "text_pattern_ops"
        }
    }

    /// Types that have no operator class for B-trees, or only one that nobody searches by.
    private static let withoutOrder: Set<String> = [
        "json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle", "tsquery", "jsonpath", "aclitem",
        "txid_snapshot", "pg_snapshot", "refcursor", "hstore", "geometry", "geography",
    ]

    static func hasBTree(_ type: String) -> Bool { !withoutOrder.contains(type) && !type.hasPrefix("json[") }
}

extension StatementReading {
    func otherTerms(
        _ tested: Node, _ name: String, _ value: Node, _ node: Node, at level: Int
    ) -> [(use: UsePlace, term: Term)] {
        keys(of: tested, at: level).flatMap { use, key -> [(use: UsePlace, term: Term)] in
            guard let kind = OperatorSupport.term(name, on: key.type) else { return [] }
            return terms(tested, kind, value, node, at: level).filter { $0.use == use }
        }
    }

    /// LIKE: by its prefix where the pattern has one or is not known; by trigrams where it has none or is not known.
    func patternTerms(_ tested: Node, _ pattern: Node, _ node: Node, at level: Int) -> [(use: UsePlace, term: Term)] {
        let isUnanchored = Self.isUnanchored(pattern)
        let isKnown = pattern.kind == "A_Const"
        let prefix = isUnanchored ? [] : terms(tested, .prefix, pattern, node, at: level).filter { $0.term.key.isText }
        return prefix + (isKnown && !isUnanchored ? [] : trigramTerms(tested, pattern, node, at: level))
    }

    private static func isUnanchored(_ pattern: Node) -> Bool {
        switch pattern.kind {
        case "A_Const":
            let first = pattern.node("sval")?.string("sval")?.first
            return first == "%" || first == "_"
        case "TypeCast": return pattern.node("arg").map(isUnanchored) ?? false
        case "A_Expr": return pattern.strings("name").last == "||" && pattern.node("lexpr").map(isUnanchored) ?? false
        case "FuncCall":
            return pattern.builtInFunction == "concat" && pattern.list("args").first.map(isUnanchored) ?? false
        default: return false
        }
    }

    func trigramTerms(_ tested: Node, _ pattern: Node, _ node: Node, at level: Int) -> [(use: UsePlace, term: Term)] {
        guard let trigrams else { return [] }
        let operatorClass = SQL.identifier(trigrams) + ".gin_trgm_ops"
        return terms(tested, .other(.gin, operatorClass: operatorClass), pattern, node, at: level)
            .filter { $0.term.key.isText && $0.term.key.type != "citext" && $0.term.key.type != "name" }
    }
}
