extension QueryLevel {
    /// The relations all of whose columns the level returns, by `*` or `alias.*`.
    package var relationsByStar: [RelationUse] { starRelations.map { relations[$0] } }
}
