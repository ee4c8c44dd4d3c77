"""Ordinary: words that are names too, and more often something else when they begin with a capital: at the beginning of a sentence, as a
heading, a label, a product or a place. Alone they are not taken for a known person; within a full name, behind a title and in an address
they are.

Names that are seldom anything else in such a place, such as Brown, Taylor or Mason, are not here.
"""

_WORDS = """
january february march april may june july august september october november december monday tuesday wednesday thursday friday saturday
sunday spring summer autumn winter fall day weeks holiday noon early late today dawn eve easter christmas

will can do may might so he she you we me my no on or as at be by if is it of up us an in to the else ever more most less very just still
hence till other even

good best better fair fast free fresh great grand happy high hot long low lucky merry new nice noble poor quick real rich short sharp small
little smart strong sunny sweet swift true unique wild wise young old big clear deep general golden handy hardy major minor loyal early
precious royal savage smooth sure tiny urban worth

black blue gold golden gray green grey orange pink purple red silver white violet amber ruby jade pearl crystal diamond ivory
emerald olive cherry lemon pepper ginger sage basil rosemary rice bean curry honey sugar salt candy cookie berry

art bill bond book branch bridge bush call camp cap care case cash chance charity chase chip church clay cliff close coin cook cord cross
dash date dean dot drew drum duke earl edit faith fee field fields file fish flag flint flood ford forest forum fox frost game gene gift
glass grace grant grove guy hall ham hand harmony haven head heaven hill hills holder home hood hope horn house hunt ice iris ivy job
journey joy judge junior justice key keys king kit knight lad lake lance land lane law legend liberty light lily link list lock lord love
mark market marvel master mate max mean media melody mercy merit mile miles min mint miracle money moon moss mountain nova oak ocean pace
page parent park parks part patience peace penny pet pier pike pine place plaza point pope post power press price pride prime prince
princess queen race rain raven ray read record reed ridge ring river rivers road rob robin rock rocky rod roll root rose rush rust sail
sand sands save scout send serenity ship sir sister skip sky small snow son song sparks stack star steel sterling stock stone storm story
street sue sun sunshine tab tag tank temple test tier time token town trace tree trinity trip unknown valley van victor victory
vista wade walk wall ward wash water waters way wells west wheel wind window wing wings wolf wood woods word work worker yard

north south east west austin boston brooklyn carolina charlotte chester chicago china columbus cork dakota dallas denver florence geneva
georgia houston india israel jacksonville kent lancaster lima lincoln london madrid memphis miami milan montana orlando paris philadelphia
phoenix rome santiago savannah seattle sydney verona vienna virginia washington york asia chad kenya

ada alpha beta delta dart java julia pascal perl ruby swift apple visa bash

ace angel bang bin bug chin den der destiny ding doc dong genesis hang ho hung major man messiah ping que ran royalty sang sing
sung tan tang tong uncle wing yang
"""
ORDINARY = frozenset(_WORDS.split())
"""In lower case."""
