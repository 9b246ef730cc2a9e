package serve

import "time"

// AnswerWithin changes how long an answer may take to get through, and gives back what it
// was.
func AnswerWithin(d time.Duration) (before time.Duration) {
	before, answerWithin = answerWithin, d
	return before
}
