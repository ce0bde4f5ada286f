extension Sequence {
    /// The greatest value first; of equal ones by name, so that two runs tell the same.
    func ranked(by value: (Element) -> Double, then name: (Element) -> String) -> [Element] {
        let pairs = map { (element: $0, value: value($0), name: name($0)) }
        let sorted = pairs.sorted { left, right in
            left.value != right.value ? left.value > right.value : left.name < right.name
        }
        return sorted.map(\.element)
    }
}
