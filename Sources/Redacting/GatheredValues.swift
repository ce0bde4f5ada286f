import Model
import Statements

/// All values of images, by their class.
struct GatheredValues {
    var values: [ValueClass: Set<String>] = [:]
    /// Characters that a text may have where it bounds a partition.
    var limits: [String: Int] = [:]

    mutating func add(_ image: PlannerImage) {
        let types = TypeBook(image.definitions)
        for column in image.columns {
            for slot in column.slots {
                guard let texts = slot.values else { continue }
                switch types.handling(of: column, slot) {
                case .surrogate(let kind): for text in texts { add(text, kind) }
                case .array(let kind):
                    for text in texts { for element in ArrayText.elements(text) ?? [] { add(element, kind) } }
                case .kept, .removed: break
                }
            }
        }
        let rules = ConstantRules(types: types)
        for definition in image.definitions { add(definition.sql, rules) }
    }

    /// The literals of a statement.
    mutating func add(_ text: String, _ rules: ConstantRules) {
        _ = SQLConstant.replacing(in: text) { constant in
            add(constant, rules)
            return .kept
        }
    }

    private mutating func add(_ constant: SQLConstant, _ rules: ConstantRules) {
        switch rules.decision(constant) {
        case .value(let kind):
            add(constant.text, kind)
            if kind == .text, case .bound(let part, let table) = constant.place,
                let length = rules.types.partitionKey(of: table, part: part)?.length
            {
                let text = constant.text.withoutBlanksAtEnd
                limits[text] = min(limits[text] ?? length, length)
            }
        case .elements(let kind): for element in ArrayText.elements(constant.text) ?? [] { add(element, kind) }
        case .pattern:
            _ = LikePattern.mapping(constant.text) {
                add($0, .text)
                return $0
            }
        case .script: add(constant.text, rules)
        case .kept, .null, .stub, .unknown: break
        }
    }

    private mutating func add(_ text: String, _ kind: ValueClass) {
        values[kind, default: []].insert(kind == .text ? text.withoutBlanksAtEnd : text)
        if kind == .text { values[kind]?.remove("") }
    }
}

extension TypeBook {
    /// What becomes of a slot's values: they are of the column's type where none is told.
    func handling(of column: PlannerImage.ColumnImage, _ slot: PlannerImage.Slot) -> ValueHandling {
        if let type = slot.valueType { return handling(of: type) }
        // Letters of pg_type.typcategory.
        if column.typeCategory == "E" || column.typeCategory == "B" { return .kept }
        return handling(of: column.type)
    }
}
