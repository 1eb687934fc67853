"""衔接 Xianjie: the hand-over of suspected crimes from administrative enforcement to the police."""
