"""Forms: the shapes of stand-ins. Each module makes one kind of value and tells its own making from a real value.

A maker is given the scope's `Draw`, the real value and the number of the attempt; what it makes is drawn anew at each attempt, from a
space that grows, so that two values never need to share. A ``fits`` knows no secret: what it looks for lies where nothing real can be, or
bears a mark or check digits that a real value has by chance once in many thousands, and only then.
"""
