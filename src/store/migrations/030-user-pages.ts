/** Lists of users by company and role are pages in the order of ids, which the indexes of before had to sort. */
export const userPages = `
DROP INDEX users_company;
DROP INDEX users_role;
CREATE INDEX users_in_company ON users (company, id);
CREATE INDEX users_with_role ON users (role, id);
CREATE INDEX users_in_company_with_role ON users (company, role, id);
`
