-- +goose Up
ALTER TABLE accounts ADD COLUMN wechat TEXT; -- WeChat's name for somebody; NULL for none
CREATE UNIQUE INDEX accounts_wechat ON accounts (wechat);
