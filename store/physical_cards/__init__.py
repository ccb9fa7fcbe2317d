"""Physical cards (实体卡): plastic cards of members, from the application to the replacement of a lost one."""
