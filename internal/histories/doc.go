// Package histories checks what clients saw of a platform against the one-at-a-time
// objects that it promises to be: a car's claim and an account's slot (Register), a wallet
// (Account) and what is left of a promotion (Counter). It is for tests; porcupine searches
// for an order of the operations that explains all answers.
//
// An operation took effect once between its call and its return. Of one that got no answer
// nobody knows when, or whether: it returns Never and, unless the stores tell what became
// of it, is Maybe.
package histories
