import Model
import Statements

extension Surrogates {
    /// The image without a value of the database: statistics and literals hold surrogates, comments are gone. What had to be left out
    /// is said in `missing`.
    package func redacted(_ image: PlannerImage) -> PlannerImage {
        var image = image
        let types = TypeBook(image.definitions)
        image.missing = image.missing.map { FreeText.redacted($0) }
        image.settings = image.settings.mapValues { Secrets.redacted($0) }
        redactStatistics(&image, types)
        redactDefinitions(&image, ConstantRules(types: types))
        return image
    }

    private func redactStatistics(_ image: inout PlannerImage, _ types: TypeBook) {
        var removed: [String: Int] = [:]
        for place in image.columns.indices {
            let column = image.columns[place]
            for number in column.slots.indices where column.slots[number].values != nil {
                let slot = redacted(column.slots[number], types.handling(of: column, column.slots[number]))
                image.columns[place].slots[number] = slot
                if slot.isWithoutValues { removed[slot.valueType ?? column.type, default: 0] += 1 }
            }
        }
        for (type, count) in removed.sorted(by: { $0.key < $1.key }) {
            image.missing.append(
                "Common values and histograms of \(type) are left out (\(count)): no surrogates keep their order; "
                    + "plans that go by them may differ.")
        }
    }

    private func redacted(_ slot: PlannerImage.Slot, _ handling: ValueHandling) -> PlannerImage.Slot {
        guard let values = slot.values else { return slot }
        var slot = slot
        let mapped: [String?] =
            switch handling {
            case .kept: values
            case .surrogate(let kind): values.map { surrogate(of: $0, kind) }
            case .array(let kind): values.map { ArrayText.mapping($0) { surrogate(of: $0, kind) } }
            case .removed: [nil]
            }
        let surrogates = mapped.compactMap(\.self)
        guard surrogates.count == values.count, surrogates.count == mapped.count else {
            slot.values = nil
            slot.isWithoutValues = true
            return slot
        }
        slot.values = surrogates
        if handling == .surrogate(.text) { slot.sortByValue() }
        return slot
    }

    private func redactDefinitions(_ image: inout PlannerImage, _ rules: ConstantRules) {
        var definitions: [PlannerImage.Definition] = []
        var emptied: Set<String> = []
        for var definition in image.definitions {
            let shown = "\(definition.kind.rawValue) \(definition.name.quoted)"
            let replaced = try? SQLConstant.replacing(in: definition.sql) { constant in
                switch rules.decision(constant) {
                case .null:
                    emptied.insert("\(shown): a constant is NULL now, since no surrogate is known for its type.")
                case .stub: emptied.insert("\(shown): its body is left out.")
                default: break
                }
                return try replacement(constant, rules)
            }
            guard let sql = replaced ?? nil else {
                image.missing.append(
                    "\(shown) is left out: its definition cannot be read, so that literals might stay in it.")
                continue
            }
            definition.sql = sql
            definitions.append(definition)
        }
        image.definitions = definitions
        image.missing += emptied.sorted()
    }
}

extension PlannerImage.Slot {
    /// Histograms and common elements stand in their type's order, by which the planner searches them. A column with a collation of its own
    /// had another order than the surrogates have, which follow the database's.
    fileprivate mutating func sortByValue() {
        guard let values, zip(values, values.dropFirst()).contains(where: { $0 > $1 }) else { return }
        switch kind {
        case 2: self.values = values.sorted()
        case 4:
            guard let numbers, numbers.count >= values.count else { return }
            let order = values.indices.sorted { values[$0] < values[$1] }
            self.values = order.map { values[$0] }
            self.numbers = order.map { numbers[$0] } + numbers[values.count...]
        default: break
        }
    }
}
