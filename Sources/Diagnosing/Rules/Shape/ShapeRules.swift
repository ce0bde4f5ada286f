/// Rules of this area, in the order in which `pgmedic rules list` shows them.
let shapeRules: [any Rule.Type] = [
    NotInNullableSubquery.self, FunctionOnIndexedColumn.self, LeadingWildcardSearch.self,
]
